import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { RunConfig } from "../settings/config.ts";
import { NANO_T5, nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { adapterBundle } from "./bundle.ts";
import type { FolderFiles } from "./content.ts";
import { mergedFiles, onnxFiles } from "./mergedFiles.ts";

const runs: readonly Partial<RunConfig>[] = [
  { method: "lora", weightDecay: 0.1 },
  { method: "full" },
  { method: "head" },
  { method: "deep-lora-narrow", task: "kjv", model: "pd-gpt" },
  { method: "deep-lora-compressed", task: "king-james", model: NANO_T5 },
];

/** The card of a folder, which names every file that lies beside it and none that does not. */
function cardOf(files: FolderFiles): string {
  const { "README.md": card, ...others } = files;
  expect(card).toBeTypeOf("string");
  const list = (card as string).split("## What is in the folder")[1]!;
  const named = [...list.matchAll(/`([\w.]+)`/g)]
    .map(([, name]) => name!)
    .filter((name) => /\.(safetensors|onnx|json|jsonl|csv)$/.test(name));
  for (const name of named) expect(Object.keys(others), name).toContain(name);
  for (const name of Object.keys(others))
    if (!/^(special_tokens_map|tokenizer_config|vocab|merges)\./.test(name)) expect(named, name).toContain(name);
  return card as string;
}

test.each(runs)("every folder of %o has a card that says what it is and how it is loaded", async (settings) => {
  const device = new CpuDevice();
  const session = await nanoSession(device, { steps: 4, ...settings });
  await takeSteps(session, 2);
  const source = await nanoSources.model(session.config.model);
  const merged = cardOf(await mergedFiles(device, session, source));
  const graph = cardOf(await onnxFiles(device, session, source));
  expect(merged).toMatch(/\nmodel = AutoModel\w*\.from_pretrained\("path\/of\/this\/folder"\)\n/);
  expect(graph).toContain('onnxruntime.InferenceSession("path/of/this/folder/model.onnx")');
  const cards = [merged, graph];
  if (settings.method !== "full") {
    const about = { sources: nanoSources, notes: { title: "", note: "" }, metrics: [], device: "a test", trim: false };
    cards.push(cardOf((await adapterBundle(device, session, about)).files));
  }
  for (const card of cards) {
    expect(card).toContain("| Steps | 2 of 4 |");
    expect(card).toContain("licence");
    expect(card).toMatch(/\(bert|\(gpt2|\(t5/);
  }
  session.destroy();
});
