import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { engineOutputs } from "../export/crossCheck.ts";
import { mergedTensors } from "../export/merged.ts";
import { trainedTensors } from "../export/mergedFiles.ts";
import { layerUpdates } from "../export/updates.ts";
import { singularValues } from "../linalg/hostSvd.ts";
import { trainedIn } from "../methods/adapters/adapter.ts";
import { adapters } from "../methods/adapters/index.ts";
import { widthOf } from "../methods/diagnostics/diagnostic.ts";
import { pairStarts } from "../methods/initialisers/index.ts";
import type { RunConfig } from "../settings/config.ts";
import { nanoConfig, nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { updateOf } from "../testing/updates.ts";
import { relativeError } from "../trust/check.ts";
import { TrainingSession } from "./session.ts";

const models: readonly Partial<RunConfig>[] = [{}, { model: "pd-gpt", task: "kjv" }];

type Method = keyof typeof adapters;

/** Every adapter, and every other start that LoRA has. */
const runs: readonly (readonly [Method, Partial<RunConfig>])[] = [
  ...(Object.keys(adapters) as Method[]).map((method) => [method, {}] as const),
  ...(Object.keys(pairStarts) as RunConfig["loraStart"][]).map((loraStart) => ["lora", { loraStart }] as const),
];

describe.each(runs)("%s %j", (method, start) => {
  test.each(models)("trains, is measured and goes into the weights: %j", async (change) => {
    const device = new CpuDevice(Float64Array);
    // Every step sees all examples, so that losses compare.
    const learningRate = 3 * adapters[method].learningRate;
    const settings = {
      ...change,
      ...start,
      method,
      learningRate,
      batchSize: 16,
      steps: 12,
      spectrumEvery: 12,
      targets: "attention-mlp",
    };
    const session = await nanoSession(device, settings);
    const { losses, spectra } = await takeSteps(session, 12);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);

    // Spectra and exports are of the same ΔW.
    const { network, model, summary } = session;
    const updates = await layerUpdates(device, network);
    expect(updates.map(({ layer }) => layer.id)).toEqual(summary.layers.map(({ id }) => id));
    const width = widthOf(summary.measured.spectrum!);
    const merged = mergedTensors(model.tensors, updates);
    for (const [at, update] of updates.entries()) {
      const { weight, inFeatures } = update.layer;
      const delta = "A" in update ? updateOf(update) : undefined;
      const stored = merged.get(weight)!.values;
      const before = model.tensors.get(weight)!.values;
      const cols = delta ? inFeatures : merged.get(weight)!.shape[1]!;
      const flat = delta ?? Float64Array.from(stored, (value, place) => value - before[place]!);
      const rows = Array.from({ length: flat.length / cols }, (_, row) => [
        ...flat.slice(row * cols, (row + 1) * cols),
      ]);
      const measured = spectra.at(-1)!.slice(at * width, (at + 1) * width);
      // Merged weights are float32, and the last ones of a power iteration are the least sure.
      expect(Math.abs(singularValues(rows)[0]! - measured[0]!) / measured[0]!).toBeLessThan(1e-3);
    }

    // A network with the merged weights says what this one says.
    const trained = await trainedTensors(device, session);
    const [own, base] = [await engineOutputs(device, session, "merged"), await engineOutputs(device, session, "base")];
    const plain = await mergedOutputs(settings, trained);
    for (const [name, { values }] of own.outputs) {
      expect(relativeError(plain.get(name)!.values, values)).toBeLessThan(1e-5);
      expect(relativeError(base.outputs.get(name)!.values, values)).toBeGreaterThan(1e-4);
    }
    const { method: chosen } = network;
    expect(chosen.kind === "adapter" && trainedIn(chosen, summary.layers)).toBe(summary.adapterParameters);
    session.destroy();
    // Two constants of its tapes are all that a device keeps.
    expect(device.ledger.liveBytes).toBeLessThanOrEqual(1024);
  });
});

/** What a base network with these weights gives. */
async function mergedOutputs(settings: Partial<RunConfig>, tensors: Awaited<ReturnType<typeof trainedTensors>>) {
  const device = new CpuDevice(Float64Array);
  const session = await TrainingSession.prepare(
    device,
    { ...nanoConfig, ...settings, method: "full" },
    nanoSources,
    () => {},
  );
  const values = new Map(
    [...(await session.network.named.read())]
      .filter(([name]) => tensors.has(name))
      .map(([name, { shape }]) => [name, { shape, values: tensors.get(name)!.values as Float32Array }] as const),
  );
  await session.network.named.write(values);
  const { outputs } = await engineOutputs(device, session, "merged");
  session.destroy();
  return outputs;
}
