import { formFiles } from "../export/peft.ts";
import type { Adapter } from "../methods/adapters/adapter.ts";
import { adapters } from "../methods/adapters/index.ts";
import { hasForm, type PeftForm, type PeftLayer, type PeftTensor } from "../methods/adapters/peftForm.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { testNumbers } from "./random.ts";

/** Adapters that PEFT has a form of. */
export const forms = Object.entries<Adapter>(adapters).flatMap(([name, adapter]) =>
  hasForm(adapter.peft) ? [{ name, adapter, form: adapter.peft }] : [],
);

/** An adapter of random numbers as PEFT saves it. @param ranks of the layers; the config has the first one. */
export function filesInForm(
  { adapter, form }: { readonly adapter: Adapter; readonly form: PeftForm },
  layers: readonly LinearLayer[],
  { ranks, change = ({ values }) => values }: { ranks: number[]; change?(layer: PeftLayer): PeftLayer["values"] },
): Map<string, ArrayBuffer> {
  const usual = Object.fromEntries(Object.entries(adapter.fields).map(([key, { initial }]) => [key, initial]));
  const given = layers.map((layer, index) => {
    const specs = Object.entries(adapter.parameters(layer, { ...usual, rank: ranks[index]! }));
    const values = specs.map(([name, { shape }], at) => [name, tensorOf(shape, at + 1)] as const);
    return { layer, shape: layer, values: change({ shape: layer, values: Object.fromEntries(values) }) };
  });
  const python = { autoClass: "AutoModel", taskType: "FEATURE_EXTRACTION", prefix: "" } as const;
  const { "adapter_config.json": config, ...weights } = formFiles(form, { ...usual, rank: ranks[0]! }, given, {
    python,
    base: "nano",
  });
  const text = new TextEncoder().encode(config).buffer as ArrayBuffer;
  return new Map([["adapter_config.json", text], ...Object.entries(weights)]);
}

export function tensorOf(shape: readonly number[], seed: number): PeftTensor {
  const size = shape.reduce((product, each) => product * each, 1);
  return { shape, values: Float32Array.from(testNumbers(size, seed)) };
}
