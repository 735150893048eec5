import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { HostTensor } from "../engine/checkpoint/safetensors.ts";
import { CpuDevice } from "../engine/device/cpu.ts";
import { type LoadedModel, loadModel } from "../engine/model/loadModel.ts";
import { type Comparison, compareOutputs } from "../engine/onnx/compare.ts";
import { exportOnnx } from "../engine/onnx/exportOnnx.ts";
import { batchOf, bundled, filesIn, fixtures, runModel } from "../engine/testing/models.ts";
import { verifyForward } from "./onnxRuntime.ts";

execFileSync(process.execPath, [path.join(bundled, "../../tools/use-lite/ensure.mjs")]);

/** Rows of ids of uneven lengths, padded at the end, and segments that change in the middle. */
function someTokens({ transformer }: LoadedModel, lengths: readonly number[]): Map<string, HostTensor> {
  const length = Math.max(...lengths);
  const shape = [lengths.length, length];
  const each = (value: (row: number, at: number) => number): HostTensor => ({
    shape,
    values: Float32Array.from({ length: lengths.length * length }, (_, index) => {
      const [row, at] = [Math.floor(index / length), index % length];
      return at < lengths[row]! ? value(row, at) : 0;
    }),
  });
  return new Map([
    ["ids", each((row, at) => (37 * row + 11 * at + 5) % transformer.vocabularySize)],
    ["mask", each(() => 1)],
    ["segments", each((row, at) => (at > lengths[row]! / 2 ? 1 : 0))],
  ]);
}

/** Our forward pass and that of ONNX Runtime, and how far they are apart. @param config if not the model's own. */
async function differences(
  model: LoadedModel,
  inputs: ReadonlyMap<string, HostTensor>,
  config = model.config,
): Promise<Map<string, Comparison>> {
  const { transformer } = model;
  const ours = await runModel(new CpuDevice(Float32Array), model, {
    inputs,
    record(forward, given) {
      const batch = batchOf(given);
      const hidden = transformer.hidden(forward, batch);
      const { pooled, logits, poolsSentences } = transformer;
      return {
        outputs: {
          last_hidden_state: hidden,
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
    weights: files["model.safetensors"],
    inputs: new Map([
      ["input_ids", inputs.get("ids")!],
      ["attention_mask", inputs.get("mask")!],
      ["token_type_ids", inputs.get("segments")!],
    ]),
  });
  expect([...theirs.keys()].sort()).toEqual([...ours.keys()].sort());
  const mask = inputs.get("mask")!.values;
  return new Map(
    [...theirs].map(([name, output]) => {
      const mine = { shape: output.shape, values: ours.get(name)! };
      return [name, compareOutputs(mine, output, output.shape.length === 3 ? mask : undefined)];
    }),
  );
}

const models: Record<string, [folder: string, lengths: readonly number[]]> = {
  "nano-bert": [path.join(fixtures, "nano-bert"), [12, 7, 1]],
  "nano-gpt2": [path.join(fixtures, "nano-gpt2"), [12, 5, 1]],
  "pd-bert": [path.join(bundled, "pd-bert"), [10, 6]],
  "pd-gpt": [path.join(bundled, "pd-gpt"), [10, 6]],
  "use-lite": [path.join(bundled, "use-lite"), [5, 3]],
};

describe("ONNX Runtime as a second opinion", () => {
  test.each(Object.entries(models))("%s: both agree", async (name, [folder, lengths]) => {
    const model = await loadModel(filesIn(folder));
    for (const [output, { maxDifference, largest, passes }] of await differences(model, someTokens(model, lengths))) {
      console.info(`${name} ${output}: max |Δ| ${maxDifference.toExponential(1)} of ${largest.toFixed(2)}`);
      expect(passes, output).toBe(true);
    }
  });

  test("a difference as small as the other kind of GELU does not pass", async () => {
    const model = await loadModel(filesIn(path.join(fixtures, "nano-gpt2")));
    const other = { ...model.config, activation: "gelu" as const };
    const { passes, maxDifference, largest } = (await differences(model, someTokens(model, [12]), other)).get(
      "logits",
    )!;
    expect(maxDifference).toBeLessThan(1e-2 * largest);
    expect(passes).toBe(false);
  });

  test("an input that is missing and a graph that is none are named", async () => {
    const { config, tensors } = await loadModel(filesIn(path.join(fixtures, "nano-gpt2")));
    const { "model.onnx": graph, "model.safetensors": weights } = exportOnnx(config, tensors);
    const inputs = new Map([["input_ids", { shape: [1, 1], values: [3] }]]);
    await expect(verifyForward({ graph, weights, inputs })).rejects.toThrow("the input attention_mask");
    await expect(verifyForward({ graph: graph.subarray(0, 99), weights, inputs })).rejects.toThrow("refused the graph");
  });
});
