import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { GpuDevice } from "../device/gpu.ts";
import { widthOf } from "../methods/diagnostics/diagnostic.ts";
import { type RunConfig, runFields } from "../settings/config.ts";
import { testGpu, testGpuAsHardware } from "../testing/devices.ts";
import { NANO_T5, nanoConfig, nanoSession, takeSteps } from "../testing/runs.ts";

const methods = Object.keys(runFields.method.options) as (keyof typeof runFields.method.options)[];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(methods)("%s", (method) => {
  test("learns sixteen pairs, measures them, and repeats itself to the bit after a reset", async () => {
    // Full fine-tuning moves every weight at once, so it takes smaller steps.
    const session = await nanoSession(await testGpu(), { method, ...(method === "full" && { learningRate: 0.002 }) });
    try {
      const first = await takeSteps(session, 30);
      expect(mean(first.losses.slice(-8))).toBeLessThan(0.95 * mean(first.losses.slice(0, 8)));

      const { layers, measured } = session.summary;
      const spectrumSize = widthOf(measured.spectrum ?? []);
      expect(layers.length).toBe(method === "head" ? 0 : 12);
      for (const values of first.spectra) {
        expect(values.length).toBe(layers.length * spectrumSize);
        for (let layer = 0; layer < layers.length; layer++) {
          const own = [...values.subarray(layer * spectrumSize, (layer + 1) * spectrumSize)];
          expect(own).toEqual([...own].sort((a, b) => b - a));
          expect(own[0]).toBeGreaterThan(0);
        }
      }

      const { values, examples } = await session.evaluate();
      expect(Object.keys(values).sort()).toEqual(["loss", "pearson", "spearman"]);
      expect(Object.values(values).every(Number.isFinite)).toBe(true);
      expect(examples!.length).toBe(6);

      await session.reset();
      const again = await takeSteps(session, 30);
      expect(again.losses).toEqual(first.losses);
      expect(again.spectra).toEqual(first.spectra);
    } finally {
      session.destroy();
    }
  });

  test("takes the same steps on the GPU as the references do on the CPU", async () => {
    const runs = [];
    for (const device of [new CpuDevice(Float64Array), await testGpu()]) {
      const session = await nanoSession(device, { method, steps: 10, clipNorm: 1, weightDecay: 0.01, warmupSteps: 3 });
      runs.push(await takeSteps(session, 10));
      session.destroy();
    }
    const [exact, gpu] = runs as [(typeof runs)[0], (typeof runs)[0]];
    exact.losses.forEach((loss, step) => {
      // Float32 against float64: Adam's first steps divide small gradients by their own size, rounding included.
      expect(Math.abs(gpu.losses[step]! - loss) / loss, `step ${step}`).toBeLessThan(1e-3);
    });
  });
});

test.each([
  ["packed pairs", { pairing: "packed", targets: "all-dense" }],
  ["classification", { task: "authors" }],
  ["writing", { task: "kjv", model: "pd-gpt" }],
  ["completing", { task: "king-james", model: "pd-gpt" }],
  ["completing by an encoder–decoder", { task: "king-james", model: NANO_T5 }],
  [
    "full fine-tuning of an encoder–decoder",
    { task: "king-james", model: NANO_T5, method: "full", learningRate: 0.002 },
  ],
  ["classification by T5's encoder", { task: "authors", model: NANO_T5 }],
  ["dropout", { dropout: 0.2 }],
  ["spectral bases", { bases: "spectral", rank: 3 }],
  ["random bases", { bases: "random" }],
  ["one layer of choice, depth 2", { targets: "1.value", depth: 2 }],
] as const)("%s train", async (_, settings) => {
  const session = await nanoSession(await testGpu(), settings);
  const { losses, spectra } = await takeSteps(session, 30);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)));
  expect(spectra.length).toBe(6);
  const { values } = await session.evaluate();
  expect(Object.values(values).every(Number.isFinite)).toBe(true);
  session.destroy();
});

test("a language model writes the same words for the same seed", async () => {
  const session = await nanoSession(await testGpu(), { task: "kjv", model: "pd-gpt", steps: 5 });
  const before = await session.continuations(undefined, "before");
  expect(before.length).toBe(2);
  expect(await session.continuations(undefined, "now"), "nothing has been trained yet").toEqual(before);
  await takeSteps(session, 5);
  expect(await session.continuations(undefined, "before")).toEqual(before);
  session.destroy();
});

test.each(["pd-gpt", NANO_T5])("completions of %s are measured by token, and shown", async (model) => {
  const session = await nanoSession(await testGpu(), { task: "king-james", model, steps: 20 });
  const { values } = await session.evaluate();
  expect(Object.keys(values).sort()).toEqual(["exactMatch", "loss", "perplexity", "tokenAccuracy"]);
  expect(values.perplexity).toBeCloseTo(Math.exp(values.loss!), 6);
  const before = await session.continuations(undefined, "before");
  expect(before.map(({ expected }) => expected)).toEqual([
    expect.stringMatching(/^With a strong hand/),
    expect.stringMatching(/^The LORD hath prepared/),
    expect.stringMatching(/^For a great door/),
  ]);
  expect(await session.continuations(undefined, "now"), "nothing has been trained yet").toEqual(before);
  await takeSteps(session, 20);
  const after = await session.evaluate();
  expect(after.values.loss).toBeLessThan(values.loss!);
  expect(after.values.tokenAccuracy).toBeGreaterThan(values.tokenAccuracy!);
  const [tried] = await session.continuations(["A custom prompt"], "now");
  expect(tried).toEqual({ text: "A custom prompt", predicted: expect.any(String) });
  session.destroy();
});

test("a step is one submission and makes no buffer, and a run gives all of its memory back", async () => {
  const device = await testGpu();
  await (await nanoSession(device)).destroy();
  const { liveBytes } = device.ledger;
  const session = await nanoSession(device, { steps: 500, spectrumEvery: 25, targets: "query-value" });
  expect(device.ledger.liveBytes).toBeGreaterThan(liveBytes);
  await takeSteps(session, 1);
  const { submissions, buffersCreated, bindGroupsCreated, pipelinesCreated } = device.ledger;
  await takeSteps(session, 499);
  expect(device.ledger.submissions - submissions).toBe(499);
  expect(device.ledger).toMatchObject({ buffersCreated, bindGroupsCreated, pipelinesCreated, uncapturedErrors: 0 });
  session.destroy();
  expect(device.ledger.liveBytes).toBe(liveBytes);
});

test("settings that do not fit the model are refused by name", async () => {
  const device = await testGpu();
  await expect(nanoSession(device, { rank: 17, bases: "random" })).rejects.toThrow(
    "rank 17 is more than layer 0.query [16 × 16] can have",
  );
  await expect(nanoSession(device, { maxTokens: 64 })).rejects.toThrow(
    "pd-bert reads texts of up to 12 tokens, not 64",
  );
  await expect(nanoSession(device, { targets: "3.query" })).rejects.toThrow("none of the layers named is in pd-bert");
  await expect(nanoSession(device, { task: "kjv", model: NANO_T5 })).rejects.toThrow("writes answers to texts");
  await expect(nanoSession(device, { rank: 3 })).rejects.toThrow("the rank must be even");
  expect(nanoConfig.rank).toBe(4);
});

test.each(["deep-lora-compressed", "full"] as const)(
  "what trains can be read, taken elsewhere and written back by name, with %s",
  async (method) => {
    const settings = { method, steps: 12 };
    const first = await nanoSession(await testGpu(), settings);
    await takeSteps(first, 5);
    const parts = ["value", "firstMoment", "secondMoment"] as const;
    const taken = await Promise.all(parts.map(async (part) => [part, await first.network.named.read(part)] as const));
    const rest = await takeSteps(first, 5);

    const second = await nanoSession(await testGpu(), settings);
    await takeSteps(second, 5);
    await second.reset();
    await takeSteps(second, 5);
    const scrambled = new Map(
      [...taken[0]![1]].map(([name, { shape, values }]) => [name, { shape, values: values.map(() => 0.5) }]),
    );
    await second.network.named.write(scrambled);
    for (const [part, values] of taken) await second.network.named.write(values, part);
    expect((await takeSteps(second, 5)).losses).toEqual(rest.losses);

    const [name, { shape, values }] = [...taken[0]![1]][0]!;
    await expect(second.network.named.write(new Map([["9.query/W1", { shape, values }]]))).rejects.toThrow(
      "does not train 9.query/W1",
    );
    await expect(second.network.named.write(new Map([[name, { shape: [1], values }]]))).rejects.toThrow(
      `${name} is [1]`,
    );
    first.destroy();
    second.destroy();
  },
);

test("kernels that were chosen are those of the run, on a graphics card too, and repeat themselves to the bit", async () => {
  const runOn = async (device: GpuDevice, kernels: string) => {
    const session = await nanoSession(device, { kernels, steps: 3 });
    const { losses } = await takeSteps(session, 3);
    session.destroy();
    return losses;
  };
  const [software, card] = [await testGpu(), await testGpuAsHardware()];
  const standard = await runOn(software, "standard");
  // Both sum in the same order.
  expect(await runOn(software, "wide=plain,narrow=plain,long=plain,small=plain")).toEqual(standard);
  const chosen = "wide=quads,narrow=quads,long=split,small=plain";
  const tuned = await runOn(card, chosen);
  expect(await runOn(card, chosen)).toEqual(tuned);
  tuned.forEach((loss, step) => {
    // Another order of sums, which Adam's first steps make more of.
    expect(Math.abs(loss - standard[step]!) / loss, `step ${step}`).toBeLessThan(1e-4);
  });
});

test.each<[string, Partial<RunConfig>, () => Promise<GpuDevice>]>([
  ["an encoder on a software adapter", {}, testGpu],
  ["a decoder whose queries, keys and values are one tensor", { model: "pd-gpt", task: "kjv" }, testGpu],
  ["an encoder on a graphics card", {}, testGpuAsHardware],
])("fused attention takes the same steps as composed, and repeats itself to the bit: %s", async (_, change, open) => {
  const device = await open();
  const runWith = async (attention: string) => {
    const session = await nanoSession(device, {
      ...change,
      kernels: `wide=plain,narrow=plain,long=plain,small=plain,attention=${attention}`,
      steps: 6,
    });
    const { losses } = await takeSteps(session, 6);
    session.destroy();
    return losses;
  };
  const composed = await runWith("composed");
  const fused = await runWith("fused");
  expect(await runWith("fused")).toEqual(fused);
  expect(fused).not.toEqual(composed);
  fused.forEach((loss, step) => {
    // Another order of sums, which Adam's first steps make more of.
    expect(Math.abs(loss - composed[step]!) / composed[step]!, `step ${step}`).toBeLessThan(1e-4);
  });
});
