import fc from "fast-check";
import { csvOf, sentences, tsvOf } from "./dataFiles.ts";

/** What a column is for, with its name and its cells. */
interface MadeColumn {
  readonly role: "text" | "label" | "key" | "nothing";
  readonly name: string;
  readonly cells: readonly string[];
}

/** A table as somebody might have saved it, and what is in it. */
export interface MadeTable {
  readonly file: string;
  readonly content: string;
  readonly isNamed: boolean;
  readonly columns: readonly MadeColumn[];
  readonly text: MadeColumn;
  readonly label: MadeColumn;
  /** Whether labels are a scale. */
  readonly isScore: boolean;
  /** The line on which the first row begins. */
  readonly firstLine: number;
  readonly rows: number;
}

const words = "harbour baker neighbour table garden clock ladder bridge cello cat river lamp window stone".split(" ");

/** Texts of a sentence or two, each another, with what has to be quoted in some. */
const texts = (count: number) =>
  fc
    .array(fc.record({ base: fc.nat(9), words: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }) }), {
      minLength: count,
      maxLength: count,
    })
    .map((made) =>
      made.map(({ base, words: more }, at) => `${sentences[base]} Then the ${more.join(" ")} of ${at + 2}.`),
    );

const classSets = [
  ["good", "bad"],
  ["ham", "spam"],
  ["yes", "no"],
  ["0", "1"],
  ["0.0", "1.0"],
  ["1", "2", "3", "4", "5"],
  ["4.0", "5.0", "1.0"],
  ["World", "Sports", "Sci/Tech", "Business"],
  ["true", "false"],
  ["Très bien", "mal"],
  ["-1", "0", "1"],
];

interface Labels {
  readonly cells: readonly string[];
  readonly isScore: boolean;
  readonly isComma: boolean;
}

const labels = (count: number): fc.Arbitrary<Labels> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .constantFrom(...classSets)
        .map((set) => ({ cells: spread(set, count), isScore: false, isComma: false })),
    },
    fc.boolean().map((isComma) => ({
      cells: Array.from({ length: count }, (_, at) =>
        (((at * 7) % 20) / 4 + 0.05).toFixed(2).replace(".", isComma ? "," : "."),
      ),
      isScore: true,
      isComma,
    })),
  );

const spread = (set: readonly string[], count: number) =>
  Array.from({ length: count }, (_, at) => set[(at * 3 + (at >> 2)) % set.length]!);

const keyOf = (count: number) =>
  fc
    .record({ name: fc.constantFrom("", "Unnamed: 0", "id", "idx", "#", "ID", "row_id"), from: fc.nat(3) })
    .map(({ name, from }) => ({
      role: "key" as const,
      name,
      cells: Array.from({ length: count }, (_, at) => String(at + from)),
    }));

const nothing = (count: number) =>
  fc.constantFrom("", "notes", "Unnamed: 4", "column 3").map((name) => ({
    role: "nothing" as const,
    name,
    cells: new Array<string>(count).fill(""),
  }));

const textNames = [
  "text",
  "Text",
  "review",
  "sentence",
  "Satz",
  "v2",
  "col_2",
  "Comment Text",
  "message",
  "Kommentar",
  "tweet_text",
  "f0",
  "content",
];
const labelNames = [
  "label",
  "Label",
  "class",
  "sentiment",
  "Klasse",
  "v1",
  "col_1",
  "target",
  "Bewertung",
  "is_spam",
  "y",
  "f1",
];

/** Tables with a text and a label, whatever stands beside them. */
export const anyTable: fc.Arbitrary<MadeTable> = fc.integer({ min: 12, max: 30 }).chain((rows) =>
  fc
    .record({
      text: texts(rows),
      labels: labels(rows),
      textName: fc.constantFrom(...textNames),
      labelName: fc.constantFrom(...labelNames),
      key: fc.option(keyOf(rows)),
      nothing: fc.option(nothing(rows)),
      isLabelFirst: fc.boolean(),
      isNothingLast: fc.boolean(),
      isNamed: fc.boolean(),
      isSorted: fc.boolean(),
      style: fc.constantFrom("csv", "csv;", "csv|", "csv\t", "tsv"),
      quotes: fc.constantFrom("minimal" as const, "all" as const),
      ends: fc.constantFrom("\n", "\r\n"),
      mark: fc.boolean(),
      sep: fc.boolean(),
      blank: fc.boolean(),
      stem: fc.constantFrom("train", "My data (2)", "daten.neu", "Sheet1"),
    })
    .map((made) => written(made, rows)),
);

interface Choices {
  readonly text: readonly string[];
  readonly labels: Labels;
  readonly textName: string;
  readonly labelName: string;
  readonly key: MadeColumn | null;
  readonly nothing: MadeColumn | null;
  readonly isLabelFirst: boolean;
  readonly isNothingLast: boolean;
  readonly isNamed: boolean;
  readonly isSorted: boolean;
  readonly style: string;
  readonly quotes: "minimal" | "all";
  readonly ends: string;
  readonly mark: boolean;
  readonly sep: boolean;
  readonly blank: boolean;
  readonly stem: string;
}

function written(made: Choices, rows: number): MadeTable {
  const text: MadeColumn = { role: "text", name: made.textName, cells: made.text };
  const cells = made.isSorted ? made.labels.cells.toSorted() : made.labels.cells;
  const label: MadeColumn = { role: "label", name: made.labelName, cells };
  const main = made.isLabelFirst ? [label, text] : [text, label];
  const empty = made.nothing ? [made.nothing] : [];
  const columns = [
    ...(made.key ? [made.key] : []),
    ...(made.isNothingLast ? [...main, ...empty] : [...empty, ...main]),
  ];
  const table = [
    ...(made.isNamed ? [columns.map(({ name }) => name)] : []),
    ...Array.from({ length: rows }, (_, at) => columns.map(({ cells }) => cells[at]!)),
  ];
  const separator = made.style === "tsv" ? "\t" : (made.style[3] ?? ",");
  const isTsv = made.style === "tsv";
  const hasSep = made.sep && !isTsv;
  const lines = (isTsv ? tsvOf(table) : csvOf(table, separator, made.quotes)).slice(0, -1).split("\n");
  const spaced = made.blank ? [lines[0]!, "", ...lines.slice(1)] : lines;
  const all = hasSep ? [`sep=${separator}`, ...spaced] : spaced;
  return {
    file: `${made.stem}.${isTsv ? "tsv" : "csv"}`,
    content: `${made.mark ? "\ufeff" : ""}${all.join(made.ends)}${made.ends}`,
    isNamed: made.isNamed,
    columns,
    text,
    label,
    isScore: made.labels.isScore,
    firstLine: (hasSep ? 1 : 0) + (made.isNamed ? 1 : 0) + (made.blank && made.isNamed ? 1 : 0) + 1,
    rows,
  };
}
