import { jsonlOf, sentences } from "../testing/dataFiles.ts";
import { answers, classes, type Exported, lines, mood, opensSo, ten } from "../testing/exports.ts";

const objects: readonly Exported[] = [
  [
    "Prodigy",
    "a.jsonl",
    jsonlOf(
      ten((text, at) => ({ text, label: mood(at), _input_hash: 1234 + at, _task_hash: -99 * at, answer: "accept" })),
    ),
    { ...classes("text", "label"), says: /left out: _input_hash, _task_hash, answer/ },
  ],
  [
    "Prodigy's choices",
    "a.jsonl",
    jsonlOf(ten((text, at) => ({ text, options: [{ id: "A" }, { id: "B" }], accept: [mood(at)], answer: "accept" }))),
    { ...classes("text", "accept"), says: /lists are no texts: options/ },
  ],
  ["doccano", "a.jsonl", jsonlOf(ten((text, at) => ({ id: at, text, label: [mood(at)] }))), classes("text", "label")],
  [
    "doccano with several labels",
    "a.jsonl",
    jsonlOf(ten((text, at) => ({ id: at, text, label: at % 2 ? ["good"] : ["good", "bad"] }))),
    { text: "text", says: /label may hold the classes: one class a row/ },
  ],
  [
    "Label Studio",
    "a.json",
    JSON.stringify(
      ten((text, id) => ({
        id,
        annotations: [{ result: [{ value: { choices: ["x"] } }] }],
        data: { text },
        created_at: "2024-01-01T00:00:00Z",
      })),
    ),
    { kind: "language-modelling", text: "data.text", says: /annotations may hold the classes/ },
  ],
  [
    "Label Studio, short",
    "a.json",
    JSON.stringify(
      ten((text, at) => ({
        text,
        id: at,
        sentiment: mood(at),
        annotator: 1,
        created_at: "2024-01-01T00:00:00Z",
        lead_time: 3.5 + at,
      })),
    ),
    classes("text", "sentiment"),
  ],
  [
    "the datasets server",
    "a.json",
    JSON.stringify({
      features: [{ name: "text" }],
      rows: ten((text, at) => ({ row_idx: at, row: { text, label: at % 2 }, truncated_cells: [] })),
      num_rows_total: 10,
    }),
    classes("row.text", "row.label", ["0", "1"]),
  ],
  [
    "MongoDB",
    "a.json",
    jsonlOf(ten((text, at) => ({ _id: { $oid: `65f0aa${at}` }, text, label: mood(at) }))),
    classes("text", "label"),
  ],
  [
    "SNLI with a dash for no agreement",
    "a.jsonl",
    jsonlOf(
      ten((text, at, other) => ({
        gold_label: at === 4 ? "-" : ["neutral", "entailment", "contradiction"][at % 3],
        sentence1: text,
        sentence2: other,
        pairID: `${at}n`,
      })),
    ),
    {
      ...classes("sentence1", "gold_label", ["contradiction", "entailment", "neutral"]),
      second: "sentence2",
      rows: 9,
      bad: [5],
    },
  ],
  [
    "a plus and a dash",
    "a.jsonl",
    jsonlOf(ten((text, at) => ({ text, label: ["+", "-", "o"][at % 3] }))),
    classes("text", "label", ["+", "-", "o"]),
  ],
  [
    "SQuAD",
    "a.json",
    JSON.stringify({ version: "1.1", data: ten((context) => ({ title: "T", paragraphs: [{ context, qas: [] }] })) }),
    { refuses: /questions within paragraphs/ },
  ],
  [
    "SQuAD from the Hub",
    "a.jsonl",
    jsonlOf(
      ten((text, at, other) => ({
        id: `q${at}`,
        title: "T",
        context: text,
        question: other,
        answers: { text: ["The rain.", "Rain"], answer_start: [3, 7] },
      })),
    ),
    { ...answers("question", "answers.text"), says: /Of several entries the first is taken: answers\.text/ },
  ],
  [
    "several answers",
    "a.jsonl",
    jsonlOf(ten((text, _, other) => ({ question: text, answers: [other, "No."] }))),
    { ...answers("question", "answers"), says: /the first is taken/ },
  ],
  [
    "Firefly",
    "a.jsonl",
    jsonlOf(ten((text, _, other) => ({ kind: "NLI", input: text, target: other }))),
    answers("input", "target"),
  ],
  [
    "conversations of which some have no answer",
    "a.jsonl",
    jsonlOf(
      ten((text, at, other) => ({
        messages: [{ role: "user", content: text }, ...(at % 4 ? [{ role: "assistant", content: other }] : [])],
      })),
    ),
    { ...answers("messages.prompt", "messages.completion"), rows: 7, bad: [1, 5, 9] },
  ],
  [
    "conversations of several answers",
    "a.jsonl",
    jsonlOf(
      ten((text, _, other) => ({
        messages: [text, other, text, other].map((content, at) => ({ role: at % 2 ? "assistant" : "user", content })),
      })),
    ),
    { ...answers("messages.prompt", "messages.completion"), says: /only the last answer is learnt/ },
  ],
  [
    "calls of tools",
    "a.jsonl",
    jsonlOf(
      ten((text) => ({
        messages: [
          { role: "user", content: text },
          { role: "assistant", content: null, tool_calls: [] },
        ],
      })),
    ),
    { rows: 0, bad: sentences.map((_, at) => at + 1), refuses: /a turn of assistant without text/ },
  ],
  [
    "lists without texts",
    "a.jsonl",
    jsonlOf(ten((text) => ({ dialog: [text, text] }))),
    { says: /lists are no texts: dialog/, refuses: /has no text in its rows/ },
  ],
  [
    "Python instead of JSON",
    "a.jsonl",
    lines(ten((_, at) => `{'text': 'row ${at}', 'label': True}`)),
    { rows: 0, bad: sentences.map((_, at) => at + 1), refuses: /between double quotes, not single ones/ },
  ],
  [
    "two lists one after another",
    "a.json",
    `${JSON.stringify(ten((text, at) => ({ text, label: mood(at) })))}\n${JSON.stringify(ten((_, at, text) => ({ text, label: mood(at) })))}`,
    { ...classes("text", "label"), rows: 20 },
  ],
];

opensSo(objects);
