import { expect, test } from "vitest";
import { chooseColumns, customTask } from "./examples.ts";
import type { DataSettings } from "./settings.ts";
import { readTable } from "./table.ts";

const first = {
  dataFormat: "csv",
  dataSeparator: "auto",
  dataKind: "classification",
  dataHeader: "no",
  dataText: 1,
  dataContext: 0,
  dataSecond: 0,
  dataLabel: 2,
  dataDecimal: "point",
  dataValidation: 0.25,
  dataBad: "skip",
  dataRules: "1",
} satisfies DataSettings;

type Old = readonly [
  what: string,
  content: string,
  settings: Partial<DataSettings>,
  expected: { train: string[]; dev: string[]; bad: number[]; classes?: string[]; range?: number[] },
];

/** What the code made of these files that first read custom data, before its rules had a number. */
const old: readonly Old[] = [
  [
    "CSV with an open quote, blanks, nan and two ways to write 1",
    'text,label\n"one, ""two""",a\nfour,b\n\nfive , a\n"open,b\nsix,nan\nseven,\none,A\nten,1.0\neleven,1\n',
    { dataHeader: "yes" },
    {
      train: ["four > b", "five  > a", "six > nan", "ten > 1.0", "eleven > 1"],
      dev: ["one > A", 'one, "two" > a'],
      bad: [6, 8],
      classes: ["1", "1.0", "A", "a", "b", "nan"],
    },
  ],
  [
    "names with an empty one, taken for a row",
    ",text,label\n0,a b,x\n1,c d,y\n2,e f,x\n3,g h,y\n",
    { dataText: 2, dataLabel: 3 },
    {
      train: ["a b > x", "c d > y", "e f > x", "g h > y"],
      dev: ["text > label"],
      bad: [],
      classes: ["label", "x", "y"],
    },
  ],
  [
    "scores of pairs, one with a comma",
    "a;b;1,5\na;c;2\nb;a;3.5\nd;e;4\nf;a;1e0\n",
    { dataKind: "regression", dataSecond: 2, dataLabel: 3 },
    { train: ["a | c > 2", "d | e > 4", "f | a > 1"], dev: ["b | a > 3.5"], bad: [1], range: [1, 4] },
  ],
  [
    "a line that names the separator",
    "sep=;\ntext;label\na;x\nb;y\nc;x\n",
    {},
    { train: ["text > label", "b > y", "c > x"], dev: ["a > x"], bad: [1], classes: ["label", "x", "y"] },
  ],
  [
    "TSV with quotes and a tab at the end of most rows",
    'text\tlabel\t\n"a ""b"""\tx\t\nc\ty\t\nd\tx\nlast\ty\t\n',
    { dataFormat: "tsv", dataHeader: "yes" },
    { train: ["c > y", "last > y"], dev: ['"a ""b""" > x'], bad: [4], classes: ["x", "y"] },
  ],
  [
    "JSONL with a list, an object, a comma and NaN",
    '{"id": 1, "text": "a", "label": ["x"]}\n{"id": 2, "text": "b", "label": "y"}\n{"text": "c", "meta": {"a": 1}, "label": 1.0},\n{"text": "d", "label": NaN}\n{"text": "e", "label": "x"}\n{"text": "f", "label": 1}\n',
    { dataFormat: "jsonl", dataText: 2, dataLabel: 3 },
    { train: ["e > x", "f > 1"], dev: ["b > y"], bad: [1, 3, 4], classes: ["1", "x", "y"] },
  ],
  [
    "prompts beside messages",
    '{"messages": [{"role": "user", "content": "q"}], "prompt": "a", "completion": "b"}\n{"prompt": "c", "completion": "d"}\n{"prompt": "c", "completion": "e"}\n{"prompt": "f", "completion": "g"}\n',
    { dataFormat: "jsonl", dataKind: "completion", dataText: 2, dataSecond: 3 },
    { train: ["c | d", "c | e", "f | g"], dev: ["a | b"], bad: [] },
  ],
  [
    "lines",
    "One line.\nTwo  lines.\n\n  Three.\nFour.\n",
    { dataFormat: "lines", dataKind: "language-modelling" },
    { train: ["One line.", "Two  lines.", "  Three."], dev: ["Four."], bad: [] },
  ],
  [
    "a text in most rows",
    "t,x\nt,y\nt,x\nt,x\nt,y\nu,x\nv,y\nw,x\n",
    {},
    {
      train: ["t > x", "t > y", "t > x", "t > x", "t > y", "w > x"],
      dev: ["u > x", "v > y"],
      bad: [],
      classes: ["x", "y"],
    },
  ],
];

test.each(old)("by the first rules %s keeps its rows, classes and split", async (_, content, change, expected) => {
  const settings = { ...first, ...change };
  const rows = chooseColumns(await readTable(new TextEncoder().encode(content), "f", settings), settings, "f");
  const { task, train, dev } = customTask(rows, settings, "f");
  const nameOf = (label: number) => (task.kind === "classification" ? task.classes[label] : label);
  const told = ({ text, second, label }: (typeof train)[number]) =>
    `${text}${second === undefined ? "" : ` | ${second}`}${label === undefined ? "" : ` > ${nameOf(label)}`}`;
  expect({
    train: train.map(told),
    dev: dev.map(told),
    bad: rows.bad.map(({ line }) => line),
    ...(task.kind === "classification" && { classes: task.classes }),
    ...(task.kind === "regression" && { range: task.range }),
  }).toEqual(expected);
});
