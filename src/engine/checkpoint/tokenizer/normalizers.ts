import { RefusedFileError } from "../refusal.ts";
import { bertNormalizer } from "./bertNormalizer.ts";
import { characterMap } from "./characterMap.ts";
import { lowerCase, withoutLeadingBlanks, withoutTrailingBlanks } from "./characters.ts";
import { type Kinds, type Part, readSteps } from "./part.ts";
import type { Refuse } from "./refuse.ts";
import { normalForm, withoutMarks } from "./unicode.ts";

/** How much longer replacements may make a text, all together. */
const MAX_GROWTH = 32;

/** How much longer a text may become by normalisation as it happens: Chinese characters between blanks are three. */
const MAX_RATIO = 4;
const MAX_EXTRA = 1000;

/** Changes a text before it is split. @throws RefusedFileError when the text becomes far longer. */
export type Normalize = (text: string) => string;

interface Step {
  readonly run: Normalize;
  /** How many times as long a text may become; 1 unless given. */
  readonly growth?: number;
}

const kinds: Kinds<Step> = new Map<string, (part: Part) => Step>([
  ["BertNormalizer", (part) => ({ run: bertNormalizer(part) })],
  ["Strip", strip],
  ["Replace", replace],
  ["Prepend", prepend],
  ["Precompiled", (part) => ({ run: characterMap(part) })],
  ["NFC", () => ({ run: normalForm("NFC") })],
  ["NFD", () => ({ run: normalForm("NFD") })],
  ["NFKC", () => ({ run: normalForm("NFKC") })],
  ["NFKD", () => ({ run: normalForm("NFKD") })],
  ["Lowercase", () => ({ run: lowerCase })],
  ["StripAccents", () => ({ run: withoutMarks })],
]);

/**
 * The normalizer of a tokenizer.json; undefined where there is none.
 *
 * @param file for messages about texts.
 * @throws RefusedFileError when it is unknown, badly formed, or makes texts far longer.
 */
export function readNormalizer(value: unknown, refuse: Refuse, file: string): Normalize | undefined {
  const steps = readSteps(value, {
    role: "normalizer",
    kinds,
    listKey: "normalizers",
    refuse,
    code: "tok-normalizer-bad",
  });
  const growth = steps.reduce((product, step) => product * (step.growth ?? 1), 1);
  if (growth > MAX_GROWTH) {
    throw refuse("tok-output-too-large", `its normalizer can make texts ${Math.ceil(growth)} times as long`);
  }
  if (steps.length === 0) return undefined;
  return (text) => {
    const normal = steps.reduce((sofar, step) => step.run(sofar), text);
    if (normal.length <= MAX_RATIO * text.length + MAX_EXTRA) return normal;
    throw new RefusedFileError(
      "tok-output-too-large",
      `${file}: its normalizer made ${normal.length.toLocaleString("en")} characters of ${text.length.toLocaleString("en")}`,
    );
  };
}

function strip(part: Part): Step {
  const [left, right] = [part.flag("strip_left", false), part.flag("strip_right", false)];
  return {
    run: (text) => {
      const rest = left ? withoutLeadingBlanks(text) : text;
      return right ? withoutTrailingBlanks(rest) : rest;
    },
  };
}

function replace(part: Part): Step {
  const { expression, least } = part.pattern("pattern");
  const content = part.text("content");
  return { run: (text) => text.replace(expression, () => content), growth: Math.max(1, content.length / least) };
}

function prepend(part: Part): Step {
  const content = part.text("prepend");
  return { run: (text) => (text === "" ? text : content + text), growth: Math.max(1, content.length) };
}
