import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { nameOfDevice } from "../device/device.ts";
import { modelShapes } from "../model/modelShapes.ts";
import type { Transformer } from "../model/transformer.ts";
import type { RunSummary } from "../run/events.ts";
import { defaultConfig, fieldNames, type RunConfig, runFields } from "../settings/config.ts";
import { applies } from "../settings/problems.ts";
import { anyConfig } from "../testing/settings.ts";
import { adapterCard, type CardOptions } from "./card.ts";
import { type Base, bundledLicences, describeBase } from "./cardParts.ts";
import { modelCard, programCard } from "./modelCard.ts";

const layer = { id: "0.query", tensor: "query.weight", inFeatures: 4, outFeatures: 4 };
const summary = { layers: [layer], trainingExamples: 16, trainableParameters: 99 } as unknown as RunSummary;
const base: Base = {
  facts: modelShapes["pd-bert"],
  type: "bert",
  width: 128,
  parameters: 1_586_304,
  ownName: undefined,
};
const python = { autoClass: "AutoModel", taskType: "FEATURE_EXTRACTION", prefix: "" } as const;
const peft = { type: "LORA", isOwn: false, trimError: undefined, python };
const options: CardOptions = {
  config: defaultConfig,
  summary,
  base,
  peft,
  hasHead: true,
  step: 24,
  link: undefined,
  device: "a test",
  validation: undefined,
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
  const card = adapterCard({ ...options, peft: undefined });
  expect(card).not.toMatch(/library_name|adapter_config|adapter_model|PeftModel|folded to one/);
  expect(card).toContain("PEFT has no base model of this kind");
  const headOnly = adapterCard({ ...options, peft: undefined, summary: { ...summary, layers: [] } });
  expect(headOnly).toContain("An output layer that was trained");
  expect(headOnly).not.toContain("  - lora");
});

test("a base model is the Hub's only where it is there; others are named in words", () => {
  const bundled = adapterCard(options);
  expect(bundled).not.toContain("base_model");
  expect(bundled).toContain(
    "Its base model is pd-bert (bert, 4 blocks of width 128, 1,586,304 parameters), which comes with Rankscope",
  );
  expect(bundled).toContain('from_pretrained("path/of/pd-bert")');
  const foreign = (model: string) => adapterCard({ ...options, config: { ...defaultConfig, model } });
  const hub = foreign("hf:owner/name@0123456789abcdef0123456789abcdef01234567");
  expect(hub).toContain('base_model: "owner/name"\nbase_model_relation: adapter');
  expect(hub).toContain('AutoModel.from_pretrained("owner/name")');
  const file = foreign("file:mine~0123456789abcdef");
  expect(file).not.toContain("base_model");
  expect(file).toContain("# Deep LoRA, compressed for a bert model of 4 blocks\n");
  expect(file).toContain("opened from files called mine (bert, 4 blocks");
  expect(file).toContain("fingerprint 0123456789abcdef");
});

test("a card has the link that repeats the run, or how to open its end where that is all there is", () => {
  const said = (link: string | undefined) => adapterCard({ ...options, link });
  expect(said("https://example.org/#/lab?v=2")).toContain("The same run again: https://example.org/#/lab?v=2\n");
  expect(said("#/lab?v=2")).toContain("put this at the end of its address: `#/lab?v=2`\n");
  expect(said(undefined)).not.toContain("The same run again");
  const own = { ...defaultConfig, task: "custom", data: "verses.csv~0123456789abcdef" } as const;
  expect(adapterCard({ ...options, config: own, link: "https://example.org/#/lab?v=2" })).toMatch(
    /The same run again, with verses\.csv .* at hand: https:/,
  );
});

const trimmed = (trimError: number) => ({ ...options, peft: { ...peft, trimError } });

test("trimmed updates are off by no less than is worth telling, and a processor has a name", () => {
  expect(adapterCard(trimmed(0))).toContain("no update changed by more than 0.010 %.");
  expect(adapterCard(trimmed(0.123))).toContain("no update changed by more than 12 %.");
  expect(nameOfDevice(new CpuDevice().description)).toBe("processor, one thread, arithmetic 2");
});

/** The card's table of settings, by their labels. */
function settingsIn(card: string): Map<string, string> {
  const [, rows] = /## Settings\n\n\| Setting \| Value \|\n\| --- \| --- \|\n(.*?)\n\n/s.exec(card)!;
  return new Map(
    rows!.split("\n").map((row) => row.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, ""))) as never,
  );
}

test("every card lists each setting that determines its run and none that does not, whatever they are", () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const run = { ...options, config };
      const cards = [
        adapterCard(run),
        modelCard(run, { kind: "merged", python }),
        modelCard(run, { kind: "onnx" }),
        programCard(run, ["train.jsonl"]),
      ];
      const expected = fieldNames.filter((name) => applies(name, config, { [config.model]: base.facts }));
      for (const card of cards) {
        const said = settingsIn(card);
        expect([...said.keys()]).toEqual(expected.map((name) => runFields[name].label));
        for (const name of expected.filter((each) => runFields[each].kind === "number"))
          expect(said.get(runFields[name].label)).toBe(String(config[name]));
      }
    }),
    { numRuns: 200 },
  );
});

test("rank, α, depth, the head's rate and what decays are reported where they mean something", () => {
  const said = (change: Partial<RunConfig>) =>
    settingsIn(adapterCard({ ...options, config: { ...defaultConfig, ...change } }));
  const lora = said({ method: "lora", rank: 4, alpha: 32, weightDecay: 0.1, headLearningRate: 0.02 });
  expect(lora.get("Rank r")).toBe("4");
  expect(lora.get("LoRA α")).toBe("32");
  expect(lora.get("Head learning rate")).toBe("0.02");
  expect(lora.get("Decay of")).toBe("Matrices alone");
  expect(lora.has("Depth L")).toBe(false);
  expect(said({}).get("Depth L")).toBe("3");
  expect(said({}).has("Decay of")).toBe(false);
});

test("a folder's name is not what a model is; config.json's own name is, unless it is a path", () => {
  const named = (config: string) =>
    describeBase(
      { tensors: [], layers: [], width: 8, maxLength: 8, family: "llama" } as unknown as Transformer,
      config,
    );
  expect(named('{"model_type": "qwen2", "_name_or_path": "Qwen/Qwen2-0.5B"}')).toMatchObject({
    type: "qwen2",
    ownName: "Qwen/Qwen2-0.5B",
  });
  for (const local of ["/home/me/out", "./out", "C:\\\\models", "", "a/b/c"])
    expect(named(`{"model_type": "qwen2", "_name_or_path": "${local}"}`).ownName, local).toBeUndefined();
  const run = { ...options, config: { ...defaultConfig, model: "file:hf~0123456789abcdef" } };
  const card = adapterCard({ ...run, base: { ...base, ownName: "bert-base-uncased" } });
  expect(card).toContain("# Deep LoRA, compressed for bert-base-uncased\n");
  for (const text of [card, modelCard(run, { kind: "onnx" }), modelCard(run, { kind: "merged", python: undefined })])
    expect(text).not.toMatch(/^# .*\bhf\b/m);
});

test("the licences of the bundled models are those of their cards", () => {
  expect(Object.keys(bundledLicences)).toEqual(Object.keys(modelShapes));
  const cardOf = (name: string) => path.join(import.meta.dirname, "../../../public/models", name, "README.md");
  // One of them is made by the build.
  const made = Object.entries(bundledLicences).filter(([name]) => existsSync(cardOf(name)));
  expect(made.length).toBeGreaterThan(1);
  for (const [name, licence] of made) {
    const card = readFileSync(cardOf(name), "utf8");
    const [, own] = /^license: (.*)$|licensed under the (Apache) License (2\.0)/m.exec(card)?.filter(Boolean) ?? [];
    expect(card, name).toMatch(own === "Apache" ? /Apache License 2\.0/ : new RegExp(`license: ${licence}`, "i"));
  }
});
