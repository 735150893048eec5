import { describe, expect, test } from "vitest";
import type { LlamaConfig } from "../checkpoint/config.ts";
import { CpuDevice } from "../device/cpu.ts";
import { batchOf, loadFixture, runModel } from "../testing/models.ts";
import { relativeError } from "../trust/check.ts";
import { constantsOf, transformerOf } from "./loadModel.ts";

const fixture = await loadFixture("parity/llama");
const { golden, transformer } = fixture;
const config = fixture.config as LlamaConfig;
const [ids, mask] = [golden.read("ids"), golden.read("mask")];

const hiddenOf = async (model: Pick<typeof fixture, "transformer" | "tensors">, values = ids.values) => {
  const run = await runModel(new CpuDevice(Float64Array), model, {
    inputs: new Map([
      ["ids", { shape: ids.shape, values }],
      ["mask", mask],
    ]),
    record: (forward, tensors) => ({ outputs: { hidden: model.transformer.hidden(forward, batchOf(tensors)) } }),
  });
  return run.get("hidden")!;
};

describe("Llama", () => {
  test("what follows a token does not change its state", async () => {
    const [before, after] = [await hiddenOf(fixture), await hiddenOf(fixture, ids.values.with(5, 11))];
    const until = 5 * transformer.width;
    expect([...after.slice(0, until)]).toEqual([...before.slice(0, until)]);
    expect(after[until]).not.toBe(before[until]);
  });

  test("grouped queries are what they would be if every query head had a copy of its key and value", async () => {
    const { heads, keyValueHeads, headWidth } = config;
    const repeated = transformerOf({ ...config, keyValueHeads: heads }, new Set());
    const tensors = new Map(fixture.tensors);
    for (const [name, { values, shape }] of fixture.tensors) {
      if (!/self_attn\.[kv]_proj/.test(name)) continue;
      const size = headWidth * shape[1]!;
      const copies = Array.from({ length: heads }, (_, head) => {
        const from = Math.floor((head * keyValueHeads) / heads) * size;
        return [...values.subarray(from, from + size)];
      });
      tensors.set(name, { shape: [heads * headWidth, shape[1]!], values: Float32Array.from(copies.flat()) });
    }
    const [grouped, plain] = [await hiddenOf(fixture), await hiddenOf({ transformer: repeated, tensors })];
    // Only the order of sums differs.
    expect(relativeError(grouped, plain)).toBeLessThan(1e-12);
  });

  test("its dense layers have biases only where the configuration has them", () => {
    const biases = (changes: Partial<LlamaConfig["biases"]>) =>
      transformerOf({ ...config, biases: { ...config.biases, ...changes } }, new Set())
        .layers.filter(({ id, bias }) => id.startsWith("0.") && bias !== undefined)
        .map(({ id }) => id.slice(2));
    expect(biases({})).toEqual([]);
    expect(biases({ queryKeyValue: true })).toEqual(["query", "key", "value"]);
    expect(biases({ output: true })).toEqual(["output"]);
    expect(biases({ mlp: true })).toEqual(["gate", "up", "down"]);
  });

  test("the table of rotary positions is computed, and reaches as far as a sequence may", () => {
    const shapes = [...constantsOf({ ...config, maxLength: 12 })].map(([name, { shape }]) => ({ name, shape }));
    const expected = transformerOf({ ...config, maxLength: 12 }, new Set()).tensors.filter(({ constant }) => constant);
    expect(shapes).toEqual(expected.map(({ name, shape }) => ({ name, shape })));
    expect(shapes[0]!.shape).toEqual([12, config.headWidth]);
  });

  test("a head that is not tied is a tensor of its own", () => {
    const names = (tiedHead: boolean) =>
      transformerOf({ ...config, tiedHead }, new Set()).tensors.map((tensor) => tensor.name);
    expect(names(true)).not.toContain("lm_head.weight");
    expect(names(false)).toContain("lm_head.weight");
  });
});
