import fc from "fast-check";
import { followers, sentences } from "./dataFiles.ts";

/** A row to learn, and what it is called when everything has a name. */
export interface MadeRow {
  readonly text: string;
  /** A class, or what is to be written. */
  readonly wanted: string;
}

const odd = [
  "",
  ' He said "no".',
  " {braces} and [brackets], too",
  "\nA second line, after the first.",
  " \\backslash\\",
  " 你好 🌊",
  " NaN, Infinity",
];

/** Rows whose texts hold what JSON itself is made of. */
export const anyRows: fc.Arbitrary<readonly MadeRow[]> = fc
  .array(fc.record({ base: fc.nat(9), end: fc.constantFrom(...odd), isGood: fc.boolean() }), {
    minLength: 8,
    maxLength: 20,
  })
  .map((made) =>
    made.map(({ base, end, isGood }, at) => ({
      text: `${sentences[base]} (${at})${end}`,
      wanted: isGood || at % 4 === 0 ? "good" : "bad",
    })),
  )
  .filter((rows) => rows.some(({ wanted }) => wanted === "bad"));

/** The same with answers instead of classes. */
export const anyAnswers: fc.Arbitrary<readonly MadeRow[]> = anyRows.map((rows) =>
  rows.map(({ text, wanted }, at) => ({ text, wanted: `${followers[at % 10]} It was ${wanted}.` })),
);

type Item = Record<string, unknown>;
type Container = readonly [name: string, ending: string, write: (items: readonly Item[]) => string];

const columns = (items: readonly Item[]) =>
  Object.fromEntries(Object.keys(items[0]!).map((key) => [key, items.map((item) => item[key])]));
const numbered = (values: readonly unknown[]) => Object.fromEntries(values.map((value, at) => [at, value]));
const json = JSON.stringify;

/** What people put objects of any kind into. */
export const containers: readonly Container[] = [
  ["JSONL", "jsonl", (items) => items.map((item) => `${json(item)}\n`).join("")],
  ["JSONL without a last line's end", "jsonl", (items) => items.map((item) => json(item)).join("\n")],
  ["JSONL in a .json", "json", (items) => items.map((item) => `${json(item)}\n`).join("")],
  ["JSONL in a .txt", "txt", (items) => items.map((item) => `${json(item)}\n`).join("")],
  ["JSONL with empty lines", "jsonl", (items) => items.map((item) => `${json(item)}\n`).join("\n")],
  ["JSONL with commas", "jsonl", (items) => items.map((item) => `${json(item)},\n`).join("")],
  ["a list", "json", (items) => json(items)],
  ["a list of two blanks", "json", (items) => json(items, null, 2)],
  ["a list of tabs", "json", (items) => json(items, null, "\t")],
  ["a list an object a line", "json", (items) => `[\n${items.map((item) => json(item)).join(",\n")}\n]\n`],
  ["a list in a .jsonl", "jsonl", (items) => json(items)],
  ["a list with a comma too many", "json", (items) => `${json(items).slice(0, -1)},\n]`],
  ["two lists one after another", "json", (items) => `${json(items.slice(0, 3))}\n${json(items.slice(3))}`],
  ["an object with data", "json", (items) => json({ data: items })],
  [
    "an object with data and more",
    "json",
    (items) => json({ version: "1.0", license: { name: "x" }, data: items }, null, 2),
  ],
  ["an object with rows", "json", (items) => json({ rows: items, count: items.length })],
  ["an object with train", "json", (items) => json({ train: items })],
  ["objects over lines", "json", (items) => items.map((item) => json(item, null, 2)).join("\n")],
  ["objects over lines with commas", "json", (items) => items.map((item) => json(item, null, 2)).join(",\n")],
  ["an object by number", "json", (items) => json(numbered(items))],
  ["an object by name", "json", (items) => json(Object.fromEntries(items.map((item, at) => [`row-${at}`, item])))],
  [
    "pandas, table",
    "json",
    (items) => json({ schema: { fields: [{ name: "index", type: "integer" }], primaryKey: ["index"] }, data: items }),
  ],
  ["lists of one after another", "jsonl", (items) => items.map((item) => `${json([item])}\n`).join("")],
  ["columns", "json", (items) => json(columns(items))],
  ["columns over lines", "json", (items) => json(columns(items), null, 2)],
  [
    "pandas, columns",
    "json",
    (items) => json(Object.fromEntries(Object.entries(columns(items)).map(([key, values]) => [key, numbered(values)]))),
  ],
  [
    "pandas, split",
    "json",
    (items) =>
      json({
        columns: Object.keys(items[0]!),
        index: items.map((_, at) => at),
        data: items.map((item) => Object.values(item)),
      }),
  ],
];

/** Containers of objects whose values are texts and numbers. */
export const flatContainers: readonly Container[] = [
  ...containers,
  ["lists with names", "json", (items) => json([Object.keys(items[0]!), ...items.map((item) => Object.values(item))])],
  [
    "lists a line with names",
    "jsonl",
    (items) =>
      [Object.keys(items[0]!), ...items.map((item) => Object.values(item))].map((row) => `${json(row)}\n`).join(""),
  ],
];

type Shape = readonly [name: string, isFlat: boolean, write: (row: MadeRow, at: number) => Item];

/** Classes under the names that people give. */
export const labelShapes: readonly Shape[] = [
  ["text and label", true, ({ text, wanted }) => ({ text, label: wanted })],
  ["with a number", true, ({ text, wanted }, at) => ({ id: at, text, label: wanted })],
  ["numbered classes", true, ({ text, wanted }) => ({ label: wanted === "good" ? 1 : 0, text })],
  [
    "decimal classes",
    true,
    ({ text, wanted }, at) => ({ idx: 100 + at, sentence: text, label: wanted === "good" ? 1.5 - 0.5 : 0 }),
  ],
  ["true and false", true, ({ text, wanted }) => ({ review: text, is_spam: wanted === "good" })],
  ["lists of one", false, ({ text, wanted }) => ({ text, label: [wanted] })],
  [
    "within an object",
    false,
    ({ text, wanted }, at) => ({ row_idx: at, row: { text, label: wanted }, truncated_cells: [] }),
  ],
  [
    "beside objects",
    false,
    ({ text, wanted }) => ({ _id: { $oid: "65f0aa" }, text, label: wanted, meta: { source: "web" } }),
  ],
];

const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });

/** Prompts and completions in the shapes that programs write; the texts are the same in all of them. */
export const answerShapes: readonly Shape[] = [
  ["prompt and completion", true, ({ text, wanted }) => ({ prompt: text, completion: wanted })],
  ["Alpaca", true, ({ text, wanted }) => ({ instruction: text, input: "", output: wanted })],
  ["Alpaca without input", true, ({ text, wanted }) => ({ instruction: text, output: wanted })],
  ["question and answer", true, ({ text, wanted }, at) => ({ id: `q${at}`, question: text, answer: wanted })],
  ["preferences", true, ({ text, wanted }) => ({ prompt: text, chosen: wanted, rejected: "I do not know." })],
  ["messages", false, ({ text, wanted }) => ({ messages: [user(text), assistant(wanted)] })],
  [
    "messages with an empty system turn",
    false,
    ({ text, wanted }) => ({ messages: [{ role: "system", content: "" }, user(text), assistant(wanted)] }),
  ],
  [
    "messages of parts",
    false,
    ({ text, wanted }) => ({ messages: [user([{ type: "text", text }]), assistant([{ type: "text", text: wanted }])] }),
  ],
  ["messages as a text", false, ({ text, wanted }) => ({ messages: json([user(text), assistant(wanted)]) })],
  [
    "ShareGPT",
    false,
    ({ text, wanted }, at) => ({
      id: `identity_${at}`,
      conversations: [
        { from: "human", value: text },
        { from: "gpt", value: wanted },
      ],
    }),
  ],
  [
    "Gemini",
    false,
    ({ text, wanted }) => ({
      contents: [
        { role: "user", parts: [{ text }] },
        { role: "model", parts: [{ text: wanted }] },
      ],
    }),
  ],
  ["turns on both sides", false, ({ text, wanted }) => ({ prompt: [user(text)], completion: [assistant(wanted)] })],
  [
    "preferences of turns",
    false,
    ({ text, wanted }) => ({ chosen: [user(text), assistant(wanted)], rejected: [user(text), assistant("No.")] }),
  ],
  [
    "a batch of requests",
    false,
    ({ text, wanted }, at) => ({
      custom_id: `r${at}`,
      body: { model: "m", messages: [user(text), assistant(wanted)] },
    }),
  ],
  ["several answers", false, ({ text, wanted }) => ({ question: text, answers: [wanted, "Or something else."] })],
];
