import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { nameOfDevice } from "../device/device.ts";
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

test("a base model is the Hub's only where it is there; others are named in words", () => {
  const bundled = adapterCard(options);
  expect(bundled).not.toContain("base_model");
  expect(bundled).toContain("Its base model is pd-bert, which comes with Rankscope");
  expect(bundled).toContain('from_pretrained("path/of/pd-bert")');
  const foreign = (model: string) => adapterCard({ ...options, config: { ...defaultConfig, model } });
  const hub = foreign("hf:owner/name@0123456789abcdef0123456789abcdef01234567");
  expect(hub).toContain('base_model: "owner/name"\nbase_model_relation: adapter');
  expect(hub).toContain('AutoModel.from_pretrained("owner/name")');
  const file = foreign("file:mine~0123456789abcdef");
  expect(file).not.toContain("base_model");
  expect(file).toContain("Its base model is mine from files (01234567).");
});

test("a card has the link that repeats the run, or how to open its end where that is all there is", () => {
  const said = (link: string | undefined) => adapterCard({ ...options, link });
  expect(said("https://example.org/#/lab?v=2")).toContain("The same run again: https://example.org/#/lab?v=2\n");
  expect(said("#/lab?v=2")).toContain("put this at the end of its address: `#/lab?v=2`\n");
  expect(said(undefined)).not.toContain("The same run again");
  const own = { ...defaultConfig, task: "own", data: "verses.csv~0123456789abcdef" } as const;
  expect(adapterCard({ ...options, config: own, link: "https://example.org/#/lab?v=2" })).toMatch(
    /The same run again, with verses\.csv .* at hand: https:/,
  );
});

test("trimmed updates are off by no less than is worth telling, and a processor has a name", () => {
  expect(adapterCard({ ...options, trimError: 0 })).toContain("no update changed by more than 0.010 %.");
  expect(adapterCard({ ...options, trimError: 0.123 })).toContain("no update changed by more than 12 %.");
  expect(nameOfDevice(new CpuDevice().description)).toBe("processor, one thread");
});
