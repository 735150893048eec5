import { expect, test } from "vitest";
import { defaultConfig } from "../train/config.ts";
import type { RunSummary } from "../train/events.ts";
import { adapterCard, type CardOptions } from "./card.ts";

const layer = { id: "0.query", tensor: "query.weight", inFeatures: 4, outFeatures: 4 };
const summary = { layers: [layer], trainingExamples: 16, trainableParameters: 99 } as unknown as RunSummary;
const options: CardOptions = {
  config: defaultConfig,
  summary,
  python: { autoClass: "AutoModel", taskType: "FEATURE_EXTRACTION", prefix: "" },
  hasHead: true,
  base: "pd-bert",
  step: 24,
  link: undefined,
  device: "a test",
  validation: undefined,
  trimError: undefined,
};

test("a card says what is in the folder and how PEFT loads it", () => {
  const card = adapterCard(options);
  for (const said of [
    "library_name: peft",
    "adapter_model.safetensors",
    "head.safetensors",
    "PeftModel",
    "folded to one",
  ])
    expect(card).toContain(said);
  expect(adapterCard({ ...options, hasHead: false })).not.toContain("head.safetensors");
});

test("where there are no files for PEFT, a card names none", () => {
  const card = adapterCard({ ...options, python: undefined });
  expect(card).not.toMatch(/library_name|adapter_config|adapter_model|PeftModel|folded to one/);
  expect(card).toContain("PEFT has no base model of this kind");
  const headOnly = adapterCard({ ...options, python: undefined, summary: { ...summary, layers: [] } });
  expect(headOnly).toContain("An output layer that was trained");
  expect(headOnly).not.toContain("  - lora");
});
