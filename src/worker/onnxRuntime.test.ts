import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { ModelConfig } from "../engine/checkpoint/config.ts";
import type { HostTensor } from "../engine/checkpoint/safetensors.ts";
import { wholeOf } from "../engine/checkpoint/streamSafetensors.ts";
import { CpuDevice } from "../engine/device/cpu.ts";
import { constantsOf, type LoadedModel, loadModel, transformerOf } from "../engine/model/loadModel.ts";
import type { Transformer } from "../engine/model/transformer.ts";
import { type Comparison, compareOutputs } from "../engine/onnx/compare.ts";
import { exportOnnx } from "../engine/onnx/exportOnnx.ts";
import { sizeOf } from "../engine/ops/tensor.ts";
import { batchOf, bundled, filesIn, fixtures, runModel } from "../engine/testing/models.ts";
import { testNumbers } from "../engine/testing/random.ts";
import { verifyForward } from "./onnxRuntime.ts";

execFileSync(process.execPath, [path.join(bundled, "../../tools/use-lite/ensure.mjs")]);

/** Rows of ids of uneven lengths, padded at the end, segments that change in the middle, and what a decoder has read. */
function someTokens(transformer: Transformer, lengths: readonly number[]): Map<string, HostTensor> {
  const rows = (sizes: readonly number[], value: (row: number, at: number) => number): HostTensor => {
    const length = Math.max(...sizes);
    const values = sizes.flatMap((size, row) => Array.from({ length }, (_, at) => (at < size ? value(row, at) : 0)));
    return { shape: [sizes.length, length], values: Float32Array.from(values) };
  };
  const id = (row: number, at: number) => (37 * row + 11 * at + 5) % transformer.vocabularySize;
  const inputs = new Map([
    ["ids", rows(lengths, id)],
    ["mask", rows(lengths, () => 1)],
    ["segments", rows(lengths, (row, at) => (at > lengths[row]! / 2 ? 1 : 0))],
  ]);
  if (transformer.decoderStart === undefined) return inputs;
  const written = lengths.map((length) => Math.max(1, length - 3));
  return inputs
    .set(
      "decoder ids",
      rows(written, (row, at) => id(row + 5, at)),
    )
    .set(
      "decoder mask",
      rows(written, () => 1),
    );
}

/** How the engine calls what a graph calls otherwise. */
const inputNames: Readonly<Record<string, string>> = {
  ids: "input_ids",
  mask: "attention_mask",
  segments: "token_type_ids",
  "decoder ids": "decoder_input_ids",
};

/** Our forward pass and that of ONNX Runtime, and how far they are apart. @param config if not the model's own. */
async function differences(
  model: Pick<LoadedModel, "transformer" | "tensors" | "config">,
  inputs: ReadonlyMap<string, HostTensor>,
  config = model.config,
): Promise<Map<string, Comparison>> {
  const { transformer } = model;
  const ours = await runModel(new CpuDevice(Float64Array), model, {
    inputs,
    record(forward, given) {
      const source = batchOf(given);
      const ids = given.get("decoder ids");
      const batch = ids ? { ...source, decoder: { ids, mask: given.get("decoder mask")! } } : source;
      const hidden = transformer.hidden(forward, batch);
      const { pooled, logits, poolsSentences } = transformer;
      return {
        outputs: {
          last_hidden_state: hidden,
          ...(ids && { encoder_last_hidden_state: transformer.hidden(forward, source) }),
          ...(pooled && { pooler_output: pooled(forward, batch) }),
          ...(logits && { logits: logits(forward, hidden) }),
          ...(poolsSentences && { sentence_embedding: transformer.sentence(forward, batch) }),
        },
      };
    },
  });
  const files = exportOnnx(config, model.tensors);
  const theirs = await verifyForward({
    graph: files["model.onnx"],
    weights: await wholeOf(files["model.safetensors"]),
    inputs: new Map([...inputs].map(([name, input]) => [inputNames[name] ?? name, input])),
  });
  expect([...theirs.keys()].sort()).toEqual([...ours.keys()].sort());
  const maskOf = (name: string) => {
    if (/^(pooler_output|sentence_embedding)$/.test(name)) return undefined;
    return (name.startsWith("encoder_") ? undefined : inputs.get("decoder mask")) ?? inputs.get("mask")!;
  };
  return new Map(
    [...theirs].map(([name, output]) => {
      const mine = { shape: output.shape, values: ours.get(name)! };
      return [name, compareOutputs(mine, output, maskOf(name)?.values)];
    }),
  );
}

/** Weights of about the size that they start with, by a fixed rule. */
function madeUp(config: ModelConfig): Pick<LoadedModel, "transformer" | "tensors" | "config"> {
  const transformer = transformerOf(config, new Set());
  const tensors = new Map(constantsOf(config));
  for (const { name, shape } of transformer.tensors) {
    if (tensors.has(name)) continue;
    const noise = testNumbers(sizeOf(shape), tensors.size);
    tensors.set(name, {
      shape,
      values: Float32Array.from(noise, (value) => (shape.length === 1 ? 1 : 0) + 0.3 * value),
    });
  }
  return { config, transformer, tensors };
}

const models: Record<string, [folder: string, lengths: readonly number[]]> = {
  "nano-bert": [path.join(fixtures, "nano-bert"), [12, 7, 1]],
  "nano-gpt2": [path.join(fixtures, "nano-gpt2"), [12, 5, 1]],
  "pd-bert": [path.join(bundled, "pd-bert"), [10, 6]],
  "pd-gpt": [path.join(bundled, "pd-gpt"), [10, 6]],
  "use-lite": [path.join(bundled, "use-lite"), [5, 3]],
  ...Object.fromEntries(
    readdirSync(path.join(fixtures, "parity")).map((name) => [
      `tiny ${name}`,
      [path.join(fixtures, "parity", name), [9, 5]],
    ]),
  ),
};

describe("ONNX Runtime as a second opinion", () => {
  test.each(Object.entries(models))("%s: both agree", async (name, [folder, lengths]) => {
    const model = await loadModel(filesIn(folder));
    for (const [output, { maxDifference, largest, passes }] of await differences(
      model,
      someTokens(model.transformer, lengths),
    )) {
      console.info(`${name} ${output}: max |Δ| ${maxDifference.toExponential(1)} of ${largest.toFixed(2)}`);
      expect(passes, output).toBe(true);
    }
  });

  test("rotary positions and distances agree far from the beginning", async () => {
    const shared = { vocabularySize: 11, width: 8, blocks: 1, heads: 4, headWidth: 2, innerWidth: 6, epsilon: 1e-6 };
    const ends = { maxLength: 700, tiedHead: true, endOfTextId: undefined, padId: 0, decoderStart: 0 };
    const far: readonly ModelConfig[] = [
      {
        ...{ ...shared, ...ends, family: "llama", keyValueHeads: 2, theta: 10_000 },
        biases: { queryKeyValue: true, output: false, mlp: false },
      },
      {
        ...{ ...shared, ...ends, family: "t5", decoderBlocks: 1, activation: "relu", isGated: false },
        ...{ buckets: 32, maxDistance: 128, scalesHead: true },
      },
    ];
    for (const config of far) {
      const model = madeUp(config);
      for (const [output, { maxDifference, largest }] of await differences(model, someTokens(model.transformer, [300])))
        expect(maxDifference, `${config.family} ${output}`).toBeLessThan(1e-5 * largest);
    }
  });

  test("a difference as small as the other kind of GELU does not pass", async () => {
    const model = await loadModel(filesIn(path.join(fixtures, "nano-gpt2")));
    const other = { ...model.config, activation: "gelu" as const };
    const { passes, maxDifference, largest } = (
      await differences(model, someTokens(model.transformer, [12]), other)
    ).get("logits")!;
    expect(maxDifference).toBeLessThan(1e-2 * largest);
    expect(passes).toBe(false);
  });

  test("an input that is missing and a graph that is none are named", async () => {
    const { config, tensors } = await loadModel(filesIn(path.join(fixtures, "nano-gpt2")));
    const { "model.onnx": graph, "model.safetensors": file } = exportOnnx(config, tensors);
    const weights = await wholeOf(file);
    const inputs = new Map([["input_ids", { shape: [1, 1], values: [3] }]]);
    await expect(verifyForward({ graph, weights, inputs })).rejects.toThrow("the input attention_mask");
    await expect(verifyForward({ graph: graph.subarray(0, 99), weights, inputs })).rejects.toThrow("refused the graph");
  });
});
