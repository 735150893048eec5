import { chooseColumns, customTask } from "../../../src/engine/tasks/custom/examples.ts";
import { formatOf } from "../../../src/engine/tasks/custom/format.ts";
import { guessSettings } from "../../../src/engine/tasks/custom/guess.ts";
import { readRows } from "../../../src/engine/tasks/custom/rows.ts";
import type { DataSettings } from "../../../src/engine/tasks/custom/settings.ts";
import { tableOf } from "../../../src/engine/tasks/custom/table.ts";
import { decodeData } from "../../../src/engine/tasks/custom/text.ts";
import { omissionsOf, warningsOf } from "../../../src/engine/tasks/custom/warnings.ts";
import { damaged, joined } from "../bytes.ts";
import { damagedJson } from "../json.ts";
import type { Target } from "../target.ts";

const encoder = new TextEncoder();
const chat = '{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}';

/** Small files of every format, in the layouts of published data sets and of programs that people use. */
const seeds: readonly (readonly [ending: string, text: string])[] = [
  ["csv", 'text,label\n"one, ""two""\nthree",a\nfour,b\nfive,a\n'],
  ["csv", "first;second;score\r\na b;c d;1,5\r\ne f;g h;2\r\ni j;k l;0,25\r\n"],
  ["csv", 'mr,ref\n"name[A], area[b]","A is in b."\n"name[C]",C is.\n'],
  ["csv", 'sep=;\n"text";"label"\n"one; two";1.0\n"three \\"four\\"";0.0\n"five";1.0\n'],
  ["csv", 'sep=\\\n"text"\\ "label"\n"one"\\ "a"\n"two"\\ "b"\n'],
  ["csv", ",text,text.1,label,\n0,one two three,a,1,\n1,four five six,b,nan,\n2,seven eight,a,0,\n"],
  ["csv", "My table\nv1,v2,,,\nham,one two,,,\nspam,three four five,,,\n,,,,\nham,six,,,\n"],
  ["csv", '"3","Title one","Some text, ""quoted"", of one"\n"1","Title two","Some more text of two"\n'],
  ["tsv", 'sentence1\tsentence2\tscore\na "b\tc d\t5.0\ne f\tg h\t4.75\ni\tj\t0\n'],
  ["tsv", "gj04\t1\t\tThe sailors rode.\ngj04\t0\t*\tThe bottle drank.\ncj99\t1\t\tMore.\n"],
  ["tsv", "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\ta\tb\n0\t3\t4\tc\td\n"],
  ["tsv", 'text\tlabel\t\n"one ""two"""\ta\t\n"three"\tb\t\n"four"\ta\t\n'],
  ["jsonl", '{"text": "one", "label": "a"}\n{"text": "two", "label": "b"}\n{"label": 3, "text": "three"}\n'],
  ["jsonl", '{"prompt": "a", "completion": "b"}\n{"prompt": "c", "completion": "d"}\n'],
  ["jsonl", '{"instruction": "a", "input": "", "output": "b"}\n{"instruction": "c", "input": "d", "output": "e"}\n'],
  ["jsonl", `{"id": "x", "conversations": [${chat}]}\n{"id": "y", "conversations": [${chat}, ${chat}]}\n`],
  [
    "jsonl",
    '{"message_id": "a", "parent_id": null, "text": "one", "role": "prompter"}\n{"message_id": "b", "parent_id": "a", "text": "two", "role": "assistant"}\n{"message_id": "c", "parent_id": "b", "text": "three", "role": "prompter"}\n{"message_id": "d", "parent_id": "c", "text": "four", "role": "assistant"}\n',
  ],
  ["jsonl", '{"text": "a", "label": ["x"], "meta": {"n": 1}}\n{"text": "b", "label": ["y", "z"], "meta": {}}\n'],
  ["json", '[{"text": "one", "label": 1}, {"text": "two", "label": 0.0},\n{"text": "three", "label": NaN}]'],
  ["json", '{"version": 1, "data": [\n{"text": "one", "label": "a"},\n{"text": "two", "label": "b"}]}'],
  ["json", '{"columns": ["text", "label"], "index": [0, 1], "data": [["one", 1], ["two", 0]]}'],
  ["json", '{"text": {"0": "one", "1": "two"}, "label": {"0": 1, "1": 0}}'],
  ["json", '{\n  "text": "one",\n  "label": "a"\n},\n{\n  "text": "two",\n  "label": "b"\n}\n'],
  [
    "json",
    `[{"prompt": {"text": "a", "role": "prompter", "replies": [{"text": "b", "role": "assistant", "replies": []}]}}]`,
  ],
  ["md", "| text | label |\n|---|---|\n| one \\| two | a |\n| three | b |\n"],
  ["txt", "It was the best\nof times.\n\nIt was the worst\nof times.\n\nThe end.\n"],
  ["txt", "DESC:manner How did it go ?\nHUM:ind Who was it ?\nDESC:def What is it ?\n"],
  ["txt", "__label__1 one two\n__label__2 three four\n__label__1 five\n"],
];

const settings: Readonly<Record<keyof DataSettings, readonly (string | number)[]>> = {
  dataFormat: ["csv", "csv-escaped", "tsv", "jsonl", "json", "labelled", "lines", "paragraphs"],
  dataSeparator: ["auto", "auto", "comma", "semicolon", "bar", "tab"],
  dataKind: ["classification", "regression", "completion", "language-modelling"],
  dataHeader: ["yes", "no"],
  dataText: [1, 1, 1, 1, 2, 2, 3, 256],
  dataContext: [0, 0, 0, 1, 2, 3],
  dataSecond: [0, 0, 0, 1, 2, 2, 3, 5],
  dataLabel: [1, 2, 2, 2, 3, 3, 10],
  dataDecimal: ["point", "comma"],
  dataValidation: [0.01, 0.1, 0.5],
  dataBad: ["refuse", "skip"],
  dataRules: ["1", "2", "2"],
};

const plain: Pick<DataSettings, "dataSeparator" | "dataValidation" | "dataBad" | "dataRules"> = {
  dataSeparator: "auto",
  dataValidation: 0.1,
  dataBad: "skip",
  dataRules: "2",
};

/** How an input is read: settings are of chance and need not go together. */
interface Head {
  readonly ending: string;
  readonly asked: Partial<DataSettings>;
}

export const target: Target = {
  file: "data.",

  /** The first line says how the rest is read: as it looks, or by some or all settings of chance. */
  input(random) {
    const [ending, text] = random.of(seeds);
    const lines = text.trimEnd().split("\n");
    const content =
      ending === "jsonl" && !random.once(3)
        ? lines.map((line) => (random.once(2) ? damagedJson(JSON.parse(line), random) : line)).join("\n")
        : text;
    const bytes = encoder.encode(content);
    const isWhole = random.once(3);
    const asked = random.once(2)
      ? {}
      : Object.fromEntries(
          Object.entries(settings)
            .filter(() => isWhole || random.once(4))
            .map(([name, values]) => [name, random.of(values)]),
        );
    const head = encoder.encode(`${JSON.stringify({ ending, asked })}\n`);
    return joined(head, random.once(8) ? bytes : damaged(bytes, random));
  },

  /** What can be used is used, every row once, and what cannot is reported by a line of the file. */
  async run(bytes) {
    const end = bytes.indexOf(10);
    const { ending, asked }: Head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
    const name = `data.${ending}`;
    const text = decodeData(bytes.subarray(end + 1), name);
    const seen = formatOf(text, name);
    const reading = { ...plain, dataFormat: seen.format, ...seen.settings, ...asked };
    const raw = await readRows(text, reading, name);
    const { layout: _, questions, ...guess } = guessSettings(raw, reading.dataFormat, asked);
    const all = { ...reading, ...guess, ...asked };
    const table = tableOf(raw, all);
    const rows = chooseColumns(table, all, name);
    const lines = text.split("\n").length;
    for (const { line } of [...rows.bad, ...rows.lines.map((line) => ({ line }))])
      if (!(line >= 1 && line <= lines)) throw new TypeError(`line ${line} of ${lines}`);
    if (rows.chosen.length + rows.bad.length !== table.rows.length + table.bad.length)
      throw new TypeError("a row that is neither used nor bad");
    for (const { readings, decides } of questions)
      for (const { settings } of readings)
        if (!decides.some((setting) => setting in settings)) throw new TypeError("a reading that decides nothing");
    const own = customTask(rows, all, name);
    const { train, dev } = own;
    if (train.length + dev.length !== rows.chosen.length || train.length === 0 || dev.length === 0)
      throw new TypeError(`${train.length} and ${dev.length} of ${rows.chosen.length} rows`);
    if (!train.every(({ label }) => label === undefined || Number.isFinite(label)))
      throw new TypeError("a label that is none");
    const warnings = [...omissionsOf(raw, table, all), ...warningsOf(rows, own, all)];
    if (!warnings.every((warning) => /^\S.*[.?]$/s.test(warning)))
      throw new TypeError(`no sentence: ${warnings.join(" / ")}`);
    return train;
  },
};
