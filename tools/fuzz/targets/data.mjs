import { damaged } from "../bytes.mjs";
import { damagedJson } from "../json.mjs";

const encoder = new TextEncoder();

/** Small files of every format, and in the layouts of published data sets. */
const seeds = [
  ["csv", 'text,label\n"one, ""two""\nthree",a\nfour,b\nfive,a\n'],
  ["csv", "first;second;score\r\na b;c d;1.5\r\ne f;g h;2\r\ni j;k l;0\r\n"],
  ["csv", 'mr,ref\n"name[A], area[b]","A is in b."\n"name[C]",C is.\n'],
  ["tsv", 'sentence1\tsentence2\tscore\na "b\tc d\t5.0\ne f\tg h\t4.75\ni\tj\t0\n'],
  ["tsv", "gj04\t1\t\tThe sailors rode.\ngj04\t0\t*\tThe bottle drank.\ncj99\t1\t\tMore.\n"],
  ["tsv", "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\ta\tb\n0\t3\t4\tc\td\n"],
  ["jsonl", '{"text": "one", "label": "a"}\n{"text": "two", "label": "b"}\n{"label": 3, "text": "three"}\n'],
  ["jsonl", '{"prompt": "a", "completion": "b"}\n{"prompt": "c", "completion": "d"}\n'],
  ["txt", "It was the best\nof times.\n\nIt was the worst\nof times.\n\nThe end.\n"],
];

const settings = {
  dataFormat: ["csv", "tsv", "jsonl", "lines", "paragraphs"],
  dataKind: ["classification", "regression", "completion", "language-modelling"],
  dataHeader: ["yes", "no"],
  dataText: [1, 1, 1, 1, 2, 2, 3, 256],
  dataSecond: [0, 0, 0, 1, 2, 2, 3, 5],
  dataLabel: [1, 2, 2, 2, 3, 3, 10],
  dataValidation: [0.01, 0.1, 0.5],
  dataBad: ["refuse", "skip"],
};

export default {
  modules: [
    "/src/engine/tasks/own/examples.ts",
    "/src/engine/tasks/own/guess.ts",
    "/src/engine/tasks/own/rows.ts",
  ].concat(["/src/engine/tasks/own/table.ts", "/src/engine/tasks/own/text.ts"]),
  file: "data.",

  /** The first byte says how the rest is read: as it looks, or by settings of chance. */
  input(random) {
    const [ending, text] = random.of(seeds);
    const lines = text.trimEnd().split("\n");
    const content =
      ending === "jsonl" && !random.once(3)
        ? lines.map((line) => (random.once(2) ? damagedJson(JSON.parse(line), random) : line)).join("\n")
        : text;
    const bytes = encoder.encode(content);
    const asked = random.once(2)
      ? {}
      : Object.fromEntries(Object.entries(settings).map(([name, values]) => [name, random.of(values)]));
    const head = encoder.encode(`${JSON.stringify({ ending, asked })}\n`);
    const body = random.once(8) ? bytes : damaged(bytes, random);
    const joined = new Uint8Array(head.length + body.length);
    joined.set(head);
    joined.set(body, head.length);
    return joined;
  },

  /** What can be used is used, every row once, and what cannot is told by a line of the file. */
  async run({ decodeData, guessFormat, guessSettings, readRows, tableOf, chooseColumns, ownTask }, bytes) {
    const end = bytes.indexOf(10);
    const { ending, asked } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
    const name = `data.${ending}`;
    const text = decodeData(bytes.subarray(end + 1), name);
    const dataFormat = asked.dataFormat ?? guessFormat(text, name);
    const raw = await readRows(text, dataFormat, name);
    const { layout: _, ...guess } = guessSettings(raw, dataFormat);
    const all = { dataValidation: 0.1, dataBad: "skip", ...guess, ...asked, dataFormat };
    const rows = chooseColumns(tableOf(raw, all), all, name);
    const lines = text.split("\n").length;
    if (!rows.bad.every(({ line }) => line >= 1 && line <= lines))
      throw new TypeError("a bad row on a line that is none");
    const { train, dev } = ownTask(rows, all, name);
    if (train.length + dev.length !== rows.chosen.length || train.length === 0 || dev.length === 0)
      throw new TypeError(`${train.length} and ${dev.length} of ${rows.chosen.length} rows`);
    if (!train.every(({ label }) => label === undefined || Number.isFinite(label)))
      throw new TypeError("a label that is none");
    return train;
  },
};
