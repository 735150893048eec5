import { shownJson } from "../refusal.ts";
import { isRecord, type Kinds, Part, readSteps } from "./part.ts";
import type { Refuse } from "./refuse.ts";

/** The first text (A), the second (B) or a special token, and the segment that it is of. */
export interface TemplateItem {
  readonly of: "A" | "B" | number;
  readonly segment: number;
}

/** What is put around one text, and around two. */
export interface Template {
  readonly single: readonly TemplateItem[];
  readonly pair: readonly TemplateItem[];
}

/** Items that a template may have; more would be put around every text. */
const MOST_ITEMS = 64;

/**
 * The post-processor of a tokenizer.json as one template; undefined where it adds nothing.
 *
 * @param tokenOf the token of an id, among the vocabulary and the added tokens.
 * @throws RefusedFileError when it is unknown, badly formed, or puts tokens around texts that there are not.
 */
export function readPostProcessor(
  value: unknown,
  tokenOf: (id: number) => string | undefined,
  idOf: (token: string) => number | undefined,
  refuse: Refuse,
): Template | undefined {
  const missing = (token: unknown) =>
    refuse("tok-special-missing", `it puts ${shownJson(token)} around texts, which is not among its tokens`);

  /** What a template puts for a special token: the ids it names, or that of the token called so. */
  const special = (name: unknown, table: unknown): number[] => {
    const entry = isRecord(table) && Object.hasOwn(table, name as string) ? table[name as string] : undefined;
    const ids = isRecord(entry) && Array.isArray(entry.ids) ? (entry.ids as unknown[]) : [idOf(name as string)];
    return ids.map((id) => {
      if (typeof id !== "number" || tokenOf(id) === undefined) throw missing(name);
      return id;
    });
  };

  const items = (part: Part, key: string): TemplateItem[] => {
    const list = part.value(key) ?? (key === "single" ? onlyText : bothTexts);
    if (!Array.isArray(list) || list.length > MOST_ITEMS) throw part.wrong(key, "a short list");
    const read = list.flatMap((item: unknown): TemplateItem[] => {
      const [kind, content] = isRecord(item) && Object.keys(item).length === 1 ? Object.entries(item)[0]! : [];
      if (!isRecord(content)) throw part.wrong(key, "a list of texts and special tokens");
      const inner = new Part(content, "template", refuse, "tok-unsupported");
      const segment = inner.whole("type_id", 0, 1023, 0);
      if (kind === "Sequence") return [{ of: inner.choice<"A" | "B">("id", ["A", "B"]), segment }];
      if (kind !== "SpecialToken") throw part.wrong(key, "a list of texts and special tokens");
      return special(inner.text("id"), part.value("special_tokens")).map((of) => ({ of, segment }));
    });
    if (read.length > MOST_ITEMS) throw part.wrong(key, "a short list");
    const texts = read.filter(({ of }) => typeof of === "string").map(({ of }) => of);
    if (texts.join("") !== (key === "single" ? "A" : "AB")) throw part.wrong(key, "each text once");
    return read;
  };

  /** The two processors that are templates with names of their own. @param second the segment of the second text. */
  const around = (part: Part, second: number, between: number): Template => {
    const token = (key: string, segment: number): TemplateItem => {
      const pair = part.value(key);
      const [name, id] = Array.isArray(pair) ? (pair as unknown[]) : [];
      if (typeof name !== "string" || !Number.isInteger(id)) throw part.wrong(key, "a token with its id");
      if (tokenOf(id as number) !== name) throw missing(name);
      return { of: id as number, segment };
    };
    const single: TemplateItem[] = [token("cls", 0), { of: "A", segment: 0 }, token("sep", 0)];
    const separators = Array.from({ length: between }, () => token("sep", 0));
    return { single, pair: [...single, ...separators, { of: "B", segment: second }, token("sep", second)] };
  };

  const kinds: Kinds<Template> = new Map<string, (part: Part) => Template | readonly Template[]>([
    ["TemplateProcessing", (part) => ({ single: items(part, "single"), pair: items(part, "pair") })],
    ["BertProcessing", (part) => around(part, 1, 0)],
    ["RobertaProcessing", (part) => around(part, 0, 1)],
    // Only tells where in the text tokens are.
    ["ByteLevel", () => []],
  ]);
  const templates = readSteps(value, { role: "post-processor", kinds, listKey: "processors", refuse });
  if (templates.length > 1) throw refuse("tok-unsupported", "its post-processor has two templates");
  return templates[0];
}

const onlyText = [{ Sequence: { id: "A", type_id: 0 } }];
const bothTexts = [...onlyText, { Sequence: { id: "B", type_id: 1 } }];
