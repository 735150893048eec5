import fc from "fast-check";
import { csvOf, followers, sentences } from "./dataFiles.ts";

/** A table with what goes wrong in tables, and what ought to be said of it. */
export interface RoughTable {
  readonly content: string;
  readonly isNamed: boolean;
  /** Places of the text and the label, counted from 1, and what names call them. */
  readonly text: number;
  readonly label: number;
  readonly names: readonly string[];
  /** The cells of the first row, be they names or not. */
  readonly firstCells: readonly string[];
  /** Lines with rows that cannot be used. */
  readonly badLines: readonly number[];
  readonly rows: number;
  /** A class with a single row, and its line. */
  readonly single?: { readonly name: string; readonly line: number };
  /** Whether two classes differ in how they are written alone. */
  readonly hasVariants: boolean;
}

const short = "ok|no way|great|so so|fine day|rain|bad news|yes!|never|meh|what?|sun".split("|");
const names = {
  text: ["text", "Satz", "comment", "What did you like?", "v2", "Beschreibung des Falls", "col 2", "full_text"],
  label: ["label", "Klasse", "mood", "How good was it (1-5)?", "v1", "Ihre Meinung", "col 1", "is_ok"],
  other: ["source", "lang", "Unnamed: 3", "", "text", "kanal"],
};

const choices = fc.record({
  rows: fc.integer({ min: 6, max: 24 }),
  isShort: fc.boolean(),
  seed: fc.nat(1000),
  textName: fc.constantFrom(...names.text),
  labelName: fc.constantFrom(...names.label),
  otherName: fc.option(fc.constantFrom(...names.other), { freq: 1 }),
  key: fc.constantFrom("none", "unnamed", "R", "shuffled"),
  classes: fc.constantFrom(
    ["good", "bad"],
    ["0", "1"],
    ["1", "2", "3", "4", "5"],
    ["Ja", "Nein"],
    ["y", "n"],
    ["pos", "neg", "neutral"],
  ),
  isNamed: fc.boolean(),
  hasTitle: fc.boolean(),
  isTitlePadded: fc.boolean(),
  separator: fc.constantFrom(",", ";", "\t", "|"),
  quotes: fc.constantFrom("minimal" as const, "all" as const),
  ragged: fc.option(fc.record({ at: fc.nat(30), isLonger: fc.boolean() }), { freq: 3 }),
  missing: fc.option(fc.record({ at: fc.nat(30), mark: fc.constantFrom("", "nan", "NaN", "<NA>", "#N/A") }), {
    freq: 3,
  }),
  single: fc.option(fc.nat(30), { freq: 3 }),
  variant: fc.option(fc.record({ at: fc.nat(30), isCase: fc.boolean() }), { freq: 3 }),
  isAgain: fc.boolean(),
  blankRows: fc.nat(2),
});

type Choices = typeof choices extends fc.Arbitrary<infer Made> ? Made : never;

/** Tables in which rows are cut short, labels are missing or odd, and names are anything. */
export const anyRoughTable: fc.Arbitrary<RoughTable> = choices.map(rough);

function rough(made: Choices): RoughTable {
  const { rows, classes, isNamed } = made;
  const labels: string[] = Array.from({ length: rows }, (_, at) => classes[(at + (at >> 3)) % classes.length]!);
  const isWord = Number.isNaN(Number(classes[0]));
  // Two of a kind stay as they are, so that no other class is left with a single row.
  const odd = (at: number) => 2 * classes.length + (at % Math.max(1, rows - 2 * classes.length));
  const isRoomy = rows > 3 * classes.length;
  if (isRoomy && isWord && made.variant) {
    const at = odd(made.variant.at);
    labels[at] = made.variant.isCase ? labels[at]!.toUpperCase() : `${labels[at]}  `.replace(/^(.)/, " $1");
  }
  const hasSingle = isRoomy && isWord && made.single !== null && odd(made.single) !== odd(made.variant?.at ?? -1);
  if (hasSingle) labels[odd(made.single!)] = "odd one";
  const missingAt = made.missing && isRoomy ? odd(made.missing.at) : undefined;
  if (missingAt !== undefined) labels[missingAt] = made.missing!.mark;
  const texts = Array.from({ length: rows }, (_, at) => {
    const which = (at * 7 + made.seed) % 10;
    return made.isShort ? `${short[which]} ${at}` : `${sentences[which]} ${followers[(which + at) % 10]}`;
  });
  const other = Array.from({ length: rows }, (_, at) => ["web", "mail", "web", "phone"][(at * 3 + made.seed) % 4]!);
  const columns = [
    ...(made.key === "none" ? [] : [{ name: made.key === "shuffled" ? "id" : "", cells: keyOf(made.key, rows) }]),
    { name: made.textName, cells: texts },
    ...(made.otherName === null ? [] : [{ name: made.otherName, cells: other }]),
    { name: made.labelName, cells: labels },
  ];
  const titles = made.hasTitle && isNamed && columns.length > 1;
  const header = columns.map(({ name }) => name);
  const written: string[][] = [
    ...(titles
      ? [["Results of a survey", ...(made.isTitlePadded ? new Array<string>(columns.length - 1).fill("") : [])]]
      : []),
    ...(isNamed ? [made.key === "R" ? header.slice(1) : header] : []),
  ];
  const badLines: number[] = titles ? [1] : [];
  const kept: string[] = [];
  let single: RoughTable["single"];
  for (let at = 0; at < rows; at++) {
    const cells = columns.map(({ cells }) => cells[at]!);
    const isCut =
      made.ragged !== null && isRoomy && at === odd(made.ragged.at) && at !== (hasSingle ? odd(made.single!) : -1);
    if (isCut) written.push(made.ragged!.isLonger ? [...cells, "more"] : cells.slice(0, -1));
    else written.push(cells);
    const line = written.length;
    if (isCut || at === missingAt) badLines.push(line);
    else kept.push(labels[at]!.trim());
    if (labels[at] === "odd one") single = { name: "odd one", line };
  }
  if (made.isAgain && isNamed && made.key !== "R") {
    written.push(header);
    badLines.push(written.length);
  }
  for (let at = 0; at < made.blankRows; at++) written.push(columns.map(() => ""));
  const spelt = new Set(kept);
  return {
    content: csvOf(written, made.separator, made.quotes),
    isNamed,
    text: header.indexOf(made.textName, made.key === "none" ? 0 : 1) + 1,
    label: columns.length,
    names: header,
    firstCells: written[titles ? 1 : 0]!,
    badLines,
    rows,
    ...(single && { single }),
    hasVariants: new Set([...spelt].map((label) => label.toLowerCase())).size < spelt.size,
  };
}

function keyOf(kind: string, rows: number): string[] {
  return Array.from({ length: rows }, (_, at) =>
    String(kind === "shuffled" ? 100 + ((at * 7) % rows) : at + (kind === "R" ? 1 : 0)),
  );
}
