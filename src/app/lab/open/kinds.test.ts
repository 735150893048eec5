import { expect, test } from "vitest";
import { defaultConfig } from "../../../engine/settings/config.ts";
import { writeExperiment } from "../../../engine/settings/experiment.ts";
import { kindOf, pastedAs } from "./kinds.ts";

const files = (...names: readonly string[]) => names.map((name) => ({ name, content: new Blob(["x"]) }));

test.each([
  [["config.json", "model.safetensors", "tokenizer.json"], "model"],
  [["mine/config.json", "mine/model-00001-of-00002.safetensors"], "model"],
  [["model.onnx"], "model"],
  [["config.json", "model.safetensors", "adapter_config.json"], "model"],
  [["adapter_config.json", "adapter_model.safetensors"], "adapter"],
  [["run/adapter_model.bin", "run/README.md"], "adapter"],
  [["rankscope.zip"], "adapter"],
  [["rankscope.safetensors"], "adapter"],
  [["rows.csv"], "data"],
  [["train.jsonl", "dev.jsonl"], "data"],
  [["notes.txt"], "data"],
  [["pasted"], "data"],
  [["data.json"], "data"],
] as const)("%j is taken for %s", async (names, kind) => {
  expect(await kindOf(files(...names))).toBe(kind);
});

test("an experiment is known by its first lines, whatever it is called", async () => {
  const text = await writeExperiment(defaultConfig);
  for (const [name, content] of [
    ["mine.json", text],
    ["mine.txt", `\uFEFF${text}`],
  ] as const)
    expect(await kindOf([{ name, content: new Blob([content]) }])).toBe("experiment");
  expect(await kindOf([{ name: "rows.json", content: new Blob(['[{"v": 1}]']) }])).toBe("data");
});

test.each([
  ["https://example.org/rankscope/#/lab?v=5&c=9366416d", { kind: "place", path: "/lab?v=5&c=9366416d" }],
  [" #/lab?v=5&c=hand ", { kind: "place", path: "/lab?v=5&c=hand" }],
  ["v=5&method=lora&c=hand", { kind: "place", path: "/lab?v=5&method=lora&c=hand" }],
  ["http://localhost:4173/#/lab", { kind: "place", path: "/lab" }],
  ["https://example.org/#/bench?v=1&x=2", { kind: "place", path: "/bench?v=1&x=2" }],
  [
    "https://huggingface.co/distilbert/distilgpt2",
    { kind: "repository", address: "https://huggingface.co/distilbert/distilgpt2" },
  ],
  ["text,label\na,b", { kind: "text" }],
  ["https://example.org/", { kind: "text" }],
  ["a sentence with a #/lab in it", { kind: "text" }],
])("%j pasted is %j", (text, pasted) => {
  expect(pastedAs(text)).toEqual(pasted);
});
