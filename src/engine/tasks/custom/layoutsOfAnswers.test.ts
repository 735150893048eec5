import { followers, jsonlOf } from "../../testing/dataFiles.ts";
import { answered, csv, type Layout, list, type Made, objects, opensAsItIs } from "../../testing/layouts.ts";

const chat = ({ one, two }: Made) => [
  { from: "human", value: one },
  { from: "gpt", value: two },
];
const message = ({ at }: Made, text: string, role: string, id: string, parent: string | null) => ({
  message_id: `${id}-${at}`,
  parent_id: parent && `${parent}-${at}`,
  user_id: `u${at}`,
  created_date: "2023-02-05T14:23:50.983374+00:00",
  text,
  role,
  lang: "en",
  review_count: 3,
  review_result: true,
  deleted: false,
  rank: role === "assistant" ? 0 : null,
  synthetic: false,
  model_name: null,
  detoxify: { toxicity: 0.0004, severe_toxicity: 0.00003 },
  message_tree_id: `a-${at}`,
  tree_state: "ready_for_export",
  emojis: { name: ["+1"], count: [2] },
  labels: { name: ["spam", "quality"], value: [0, 0.9], count: [3, 3] },
});

const instructions: readonly Layout[] = [
  [
    "Alpaca",
    "alpaca_data.json",
    list(4, ({ at, one, two }) => ({ instruction: one, input: at % 3 ? "" : "Between 1 and 3.", output: two })),
    answered("instruction", "output", "input"),
  ],
  [
    "Alpaca from the Hub",
    "train.jsonl",
    objects(({ at, one, two }) => ({
      instruction: one,
      input: at % 3 ? "" : "Between 1 and 3.",
      output: two,
      text: `Below is an instruction. ### Instruction:\n${one}\n\n### Response:\n${two}`,
    })),
    answered("instruction", "output", "input"),
  ],
  [
    "Alpaca as CSV",
    "train.csv",
    csv("instruction,input,output", ({ at, one, two }) => [one, at % 3 ? "" : "Short.", two]),
    answered("instruction", "output", "input"),
  ],
  [
    "Dolly",
    "databricks-dolly-15k.jsonl",
    objects(({ at, one, two }) => ({
      instruction: one,
      context: at % 3 ? "" : followers[9 - at],
      response: two,
      category: at % 2 ? "open_qa" : "closed_qa",
    })),
    answered("instruction", "response", "context"),
  ],
  [
    "ShareGPT",
    "ShareGPT_V3_unfiltered_cleaned_split.json",
    list(2, (row) => ({ id: `QWJhYvA_${row.at}`, conversations: [...chat(row), ...chat(row)] })),
    answered("conversations.prompt", "conversations.completion"),
  ],
  [
    "ShareGPT as JSONL",
    "sharegpt.jsonl",
    objects((row) => ({ conversations: chat(row) })),
    answered("conversations.prompt", "conversations.completion"),
  ],
  [
    "OASST, messages",
    "2023-04-12_oasst_ready.messages.jsonl",
    (rows) =>
      jsonlOf(
        rows.flatMap((row) => [
          message(row, row.one, "prompter", "a", null),
          message(row, row.two, "assistant", "b", "a"),
        ]),
      ),
    answered("conversation.prompt", "conversation.completion"),
  ],
  [
    "OASST, trees",
    "2023-04-12_oasst_ready.trees.jsonl",
    objects((row) => ({
      message_tree_id: `a-${row.at}`,
      tree_state: "ready_for_export",
      prompt: {
        ...message(row, row.one, "prompter", "a", null),
        replies: [{ ...message(row, row.two, "assistant", "b", "a"), replies: [] }],
      },
    })),
    answered("prompt.prompt", "prompt.completion"),
  ],
  [
    "OASST of Guanaco",
    "openassistant_best_replies_train.jsonl",
    objects(({ one, two }) => ({ text: `### Human: ${one}### Assistant: ${two}` })),
    { kind: "language-modelling", text: "text" },
  ],
  [
    "E2E",
    "trainset.csv",
    csv("mr,ref", ({ at, two }) => [`name[Aromi ${at}], area[riverside], eatType[pub]`, two]),
    answered("mr", "ref"),
  ],
  [
    "E2E, cleaned",
    "train-fixed.no-ol.csv",
    csv("mr,ref,fixed,orig_mr", ({ at, two }) => [
      `name[Aromi ${at}], eatType[pub]`,
      two,
      at % 2 ? "" : "True",
      `name[Aromi ${at}], area[riverside], eatType[pub]`,
    ]),
    answered("mr", "ref"),
  ],
  [
    "E2E from the Hub",
    "train.csv",
    csv("meaning_representation,human_reference", ({ at, two }) => [
      `name[Aromi ${at}], area[riverside], eatType[pub]`,
      two,
    ]),
    answered("meaning_representation", "human_reference"),
  ],
];

opensAsItIs(instructions);
