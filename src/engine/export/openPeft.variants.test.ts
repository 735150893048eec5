import fc from "fast-check";
import { expect, test } from "vitest";
import { RefusedFileError } from "../checkpoint/refusal.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { parseField } from "../field.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { runFields } from "../settings/config.ts";
import { loadFixture } from "../testing/models.ts";
import { filesInForm, forms } from "../testing/peftForms.ts";
import { testNumbers } from "../testing/random.ts";
import { nanoConfig } from "../testing/runs.ts";
import { updateOf } from "../testing/updates.ts";
import { openPeft } from "./openPeft.ts";
import { moduleOf } from "./peft.ts";

/** Families with what classes of transformers put before their layers, and a task that goes through all of them. */
const families = [
  { base: await loadFixture("nano-bert"), before: ["", "bert.", "model.bert."], task: "authors" },
  { base: await loadFixture("nano-gpt2"), before: ["", "transformer.", "model.transformer."], task: "kjv" },
  { base: await loadFixture("parity/llama"), before: ["", "model.", "model.model."], task: "kjv" },
] as const;

interface Adapted {
  readonly layer: LinearLayer;
  readonly module: string;
  readonly rank: number;
  readonly alpha: number;
  readonly A: Float32Array;
  readonly B: Float32Array;
}

const alpha = fc.oneof(fc.constantFrom(8, 16, 0.5), fc.double({ min: 1e-4, max: 1e5, noNaN: true }));
const wrapper = fc.constantFrom(
  ...["base_model.model.", "base_model.model.base_model.model.", "", "module.base_model.model.", "_orig_mod."],
  ...["base_model.model._orig_mod.", "module._orig_mod.base_model.model."],
);
const called = fc.oneof(fc.constantFrom("", ".default", ".my_adapter"), fc.stringMatching(/^\.[a-z][a-z0-9_-]{0,8}$/));

/** How a pattern can name one module and no other. */
const keyOf = fc.constantFrom<(module: string) => string>(
  (module) => module,
  (module) => module.replaceAll(".", "\\."),
  (module) => `^${module.replaceAll(".", "[.]")}`,
  (module) => module.split(".").slice(1).join("."),
  (module) => `(?:${module})`,
);

/** What says nothing that the tensors do not say themselves. */
const sayings = fc.record(
  {
    target_modules: fc.constantFrom(["dense", "c_attn", "v_proj"], ".*", ".*(?=x)", "all-linear", ["q_proj", "w1"]),
    layers_to_transform: fc.constantFrom(null, [0], 1, [7, 8]),
    layers_pattern: fc.constantFrom(null, "h", ["layers", "layer"]),
    exclude_modules: fc.constantFrom(null, ["query"], ".*"),
    lora_dropout: fc.constantFrom(0, 0.05),
    init_lora_weights: fc.constantFrom(true, false, "gaussian", "eva", "orthogonal"),
    loftq_config: fc.constant({}),
    bias: fc.constantFrom("none", "all", "lora_only"),
    modules_to_save: fc.constantFrom(null, ["classifier", "score"]),
  },
  { requiredKeys: ["target_modules"] },
);

const variant = fc
  .record({
    family: fc.constantFrom(...families),
    seed: fc.nat(1000),
    wrapper,
    called,
    sayings,
    root: fc.boolean(),
    keyOf,
    isShuffled: fc.boolean(),
    lora_bias: fc.boolean(),
  })
  .chain((about) => {
    const layers = about.family.base.transformer.layers.filter(({ kind }) => kind !== "pooler");
    return fc.record({
      about: fc.constant(about),
      before: fc.constantFrom(...about.family.before),
      layers: fc.subarray(layers, { minLength: 1 }),
      ranks: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: layers.length, maxLength: layers.length }),
      alphas: fc.array(alpha, { minLength: layers.length, maxLength: layers.length }),
      usual: fc.record({ rank: fc.integer({ min: 1, max: 8 }), alpha }),
      isUniform: fc.boolean(),
    });
  });

test("whatever wraps, names and describes an adapter, every layer's update is α / r times B times A", async () => {
  await fc.assert(
    fc.asyncProperty(variant, async ({ about, before, layers, ranks, alphas, usual, isUniform }) => {
      const { family, root, seed } = about;
      const adapted: Adapted[] = layers.map((layer, index) => {
        const rank = isUniform ? usual.rank : ranks[index]!;
        return {
          layer,
          module: before + moduleOf(layer.weight),
          rank,
          alpha: isUniform ? usual.alpha : alphas[index]!,
          A: Float32Array.from(testNumbers(rank * layer.inFeatures, seed + index)),
          B: Float32Array.from(testNumbers(rank * layer.outFeatures, seed + index + 50)),
        };
      });
      const files = filesOf(adapted, usual, about);
      const { config, from, warnings } = await openPeft(
        files,
        { ...nanoConfig, task: family.task, model: "file:x~0000000000000000" },
        {
          transformer: family.base.transformer,
          tensors: async () => family.base.tensors,
          task: async () => {
            throw new Error("no head is saved");
          },
        },
      );
      expect(parseField(runFields.alpha, String(config.alpha))).toBe(config.alpha);
      expect(config.rank).toBe(Math.max(...adapted.map(({ rank }) => rank)));
      const values = from.parts.value!;
      expect(values.size).toBe(2 * adapted.length);
      for (const { layer, rank, alpha, A, B } of adapted) {
        const scale = alpha / (root ? Math.sqrt(rank) : rank);
        const plain = updateOf({ layer, rank, A: Float64Array.from(A), B: Float64Array.from(B, (x) => scale * x) });
        const own = config.alpha / config.rank;
        const taken = updateOf({
          layer,
          rank: config.rank,
          A: Float64Array.from(values.get(`${layer.id}/A`)!.values),
          B: Float64Array.from(values.get(`${layer.id}/B`)!.values, (x) => own * x),
        });
        const largest = plain.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        taken.forEach((x, at) => {
          if (Math.abs(x - plain[at]!) > 1e-12 * largest) throw new Error(`${layer.id}: ${x} is not ${plain[at]}`);
        });
      }
      if (new Set(adapted.map(({ rank }) => rank)).size > 1) expect(warnings.join()).toContain("padded with zeros");
      if (about.sayings.lora_dropout) expect(warnings.join()).toContain("lora_dropout");
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("an adapter with any byte changed opens, or is refused by a code", async () => {
  const { base } = families[0];
  const [layer] = base.transformer.layers;
  const adapted = [2, 3].map((rank, index) => ({
    ...{ layer: base.transformer.layers[index]!, rank, alpha: 4 + index },
    module: moduleOf(base.transformer.layers[index]!.weight),
    A: Float32Array.from(testNumbers(rank * layer!.inFeatures, index)),
    B: Float32Array.from(testNumbers(rank * layer!.outFeatures, index + 9)),
  }));
  const about = { wrapper: "", called: "", sayings: { target_modules: ".*" }, root: false, isShuffled: false };
  const whole = filesOf(adapted, { rank: 2, alpha: 4 }, { ...about, keyOf: (module) => module, lora_bias: true });
  const damage = fc.record({ file: fc.nat(1), at: fc.nat(2000), by: fc.integer({ min: 1, max: 255 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (changes) => {
      const files = [...whole.values()].map((buffer) => new Uint8Array(buffer.slice(0)));
      for (const { file, at, by } of changes) files[file]![at % files[file]!.length]! ^= by;
      const given = new Map([...whole.keys()].map((name, index) => [name, files[index]!.buffer as ArrayBuffer]));
      const model = { transformer: base.transformer, tensors: async () => base.tensors };
      const task = async () => Promise.reject(new Error("no head is saved"));
      await openPeft(given, nanoConfig, { ...model, task }).catch((error) => {
        if (!(error instanceof RefusedFileError)) throw error;
      });
    }),
    { numRuns: 3000 },
  );
}, 60_000);

test.each(forms)("$name with any byte changed opens, or is refused by a code", async (entry) => {
  const { base } = families[0];
  const whole = [...filesInForm(entry, base.transformer.layers.slice(0, 2), { ranks: [3, 3] })];
  const damage = fc.record({ file: fc.nat(1), at: fc.nat(2000), by: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { maxLength: 3 }), async (changes) => {
      const files = whole.map(([, buffer]) => new Uint8Array(buffer.slice(0)));
      for (const { file, at, by } of changes) files[file]![at % files[file]!.length]! ^= by;
      const given = new Map(whole.map(([name], index) => [name, files[index]!.buffer as ArrayBuffer]));
      const model = { transformer: base.transformer, tensors: async () => base.tensors };
      const task = async () => Promise.reject(new Error("no head is saved"));
      await openPeft(given, nanoConfig, { ...model, task }).catch((error) => {
        if (!(error instanceof RefusedFileError)) throw error;
      });
    }),
    { numRuns: 600 },
  );
});

function filesOf(
  adapted: readonly Adapted[],
  usual: { rank: number; alpha: number },
  about: { wrapper: string; called: string; sayings: object; root: boolean; keyOf(module: string): string } & {
    isShuffled: boolean;
    lora_bias: boolean;
  },
): Map<string, ArrayBuffer> {
  const { wrapper, called, sayings, root, keyOf, isShuffled, lora_bias } = about;
  // Keys may be ends of names, so that the longest name has to be asked first.
  const named = [...adapted].sort((a, b) => b.module.length - a.module.length);
  const config = {
    ...{ peft_type: "LORA", r: usual.rank, lora_alpha: usual.alpha, use_rslora: root, lora_bias, ...sayings },
    rank_pattern: Object.fromEntries(named.map(({ module, rank }) => [keyOf(module), rank])),
    alpha_pattern: Object.fromEntries([
      ...named.map(({ module, alpha }) => [keyOf(module), alpha] as const),
      ["no.such.layer", 3],
    ]),
  };
  const tensors = adapted.flatMap(({ layer, module, rank, A, B }): [string, HostTensor][] => {
    const name = (factor: string, part: string) => `${wrapper}${module}.lora_${factor}${called}.${part}`;
    return [
      [name("A", "weight"), { shape: [rank, layer.inFeatures], values: A }],
      [name("B", "weight"), { shape: [layer.outFeatures, rank], values: B }],
      ...(lora_bias
        ? [[name("B", "bias"), { shape: [layer.outFeatures], values: new Float32Array(layer.outFeatures) }] as const]
        : []),
    ] as [string, HostTensor][];
  });
  if (isShuffled) tensors.reverse();
  return new Map([
    ["adapter_config.json", new TextEncoder().encode(JSON.stringify(config)).buffer as ArrayBuffer],
    ["adapter_model.safetensors", writeSafetensors(new Map(tensors))],
  ]);
}
