import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import { RandomStream } from "../../random/stream.ts";
import { readSnapshot, writeSnapshot } from "../../run/snapshot.ts";
import { defaultConfig, type RunConfig } from "../../settings/config.ts";
import { applies, problemsOf } from "../../settings/problems.ts";
import { findIn } from "../../testing/initialisers.ts";
import { testNumbers } from "../../testing/random.ts";
import { nanoConfig, nanoSession, takeSteps } from "../../testing/runs.ts";
import { matrix, type PlainMatrix, product } from "../adapters/plain.ts";
import type { LayerShape, NewLayer } from "../layer.ts";
import { baseStarts, initialisers, pairStarts } from "./index.ts";
import { type Initialiser, startingPair } from "./initialiser.ts";

const RANK = 4;
const shapes = [
  { inFeatures: 12, outFeatures: 12 },
  { inFeatures: 10, outFeatures: 15 },
  { inFeatures: 15, outFeatures: 10 },
];

function newLayer(shape: LayerShape, seed: number): NewLayer {
  const { inFeatures, outFeatures } = shape;
  return {
    shape,
    stream: new RandomStream(seed, 10_000),
    weight: () => Float64Array.from(testNumbers(inFeatures * outFeatures, seed)),
    shared: (_, draw) => draw(new RandomStream(seed, 1)),
  };
}

/** A [r, in] and B [out, r] of two layers. */
async function startsOf(entry: Initialiser, shape: LayerShape, seed: number): Promise<PlainMatrix[]> {
  const { inFeatures, outFeatures } = shape;
  if (entry.kind === "directions") {
    const layers = [seed, seed + 1].map((own) =>
      matrix(testNumbers(inFeatures * outFeatures, own), inFeatures, outFeatures),
    );
    const options = { layers, rank: RANK, scale: 2, settings: defaultConfig };
    const { input, output } = await findIn(new CpuDevice(Float64Array), entry, options);
    return [...input, ...output];
  }
  return [seed, seed + 1].flatMap((own) => {
    const { A, B } = startingPair(entry, newLayer(shape, own), RANK, defaultConfig);
    return [matrix(A, RANK, inFeatures), matrix(B, outFeatures, RANK)];
  });
}

describe.each(Object.entries<Initialiser>(initialisers))("%s", (_, entry) => {
  test("says what it is", () => {
    expect(entry.label).not.toBe("");
    expect(entry.source).toMatch(/^\p{L}.* \d{4}, (arXiv:\d{4}\.\d{4,5}|https:)/u);
    expect(entry.equation).toContain("=");
    for (const field of Object.values(entry.fields)) expect(field.help).toMatch(/\.$/);
  });

  test.each(shapes)(
    "gives every layer of $outFeatures × $inFeatures a start of its own, and the same again",
    async (shape) => {
      const factors = await startsOf(entry, shape, 1);
      const sizes = [RANK * shape.inFeatures, shape.outFeatures * RANK].sort((a, b) => a - b);
      const found = factors.map(({ values }) => values);
      expect([...new Set(found.map(({ length }) => length))].sort((a, b) => a - b)).toEqual([...new Set(sizes)]);
      for (const values of found) for (const value of values) expect(Number.isFinite(value)).toBe(true);
      expect(new Set(found.map(String)).size).toBeGreaterThanOrEqual(entry.kind === "matrix" ? 3 : 4);
      expect((await startsOf(entry, shape, 1)).map(({ values }) => values)).toEqual(found);
      expect((await startsOf(entry, shape, 9)).map(({ values }) => values)).not.toEqual(found);
    },
  );

  test("of what is drawn, the product is 0", async () => {
    if (entry.kind === "directions") return;
    for (const shape of shapes) {
      const [A, B] = await startsOf(entry, shape, 1);
      expect(Math.max(...product(B!, A!).values.map(Math.abs))).toBeLessThan(1e-14);
    }
  });
});

/** Runs that name an initialiser, by the setting that names it. */
const runs: readonly (readonly [string, Initialiser, Partial<RunConfig>])[] = [
  ...Object.entries<Initialiser>(pairStarts).map(
    ([name, entry]) => [name, entry, { method: "lora", loraStart: name as RunConfig["loraStart"] }] as const,
  ),
  ...Object.entries<Initialiser>(baseStarts).map(
    ([name, entry]) => [name, entry, { method: "deep-lora-compressed", bases: name as RunConfig["bases"] }] as const,
  ),
];

describe.each(runs)("a run with %s", (_, entry, own) => {
  const config: Partial<RunConfig> = { ...own, batchSize: 16, steps: 12, spectrumEvery: 1, targets: "all-dense" };

  test("starts at the pretrained model, learns, goes back and goes on to the bit", async () => {
    const reference = await nanoSession(new CpuDevice(), { ...config, method: "full" });
    const [pretrained] = (await takeSteps(reference, 1)).losses;
    const first = await nanoSession(new CpuDevice(), config);
    const { losses, spectra } = await takeSteps(first, 6);
    // The cores of Deep LoRA start small rather than at 0.
    expect(Math.abs(losses[0]! / pretrained! - 1)).toBeLessThan(own.method === "lora" ? 1e-6 : 1e-2);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    for (const values of spectra) expect(values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);

    const state = await first.state();
    const file = await writeSnapshot({
      config: first.config,
      notes: { title: "", note: "" },
      model: "0".repeat(64),
      state,
    });
    const rest = await takeSteps(first, 3);
    await first.reset();
    expect((await takeSteps(first, 6)).losses).toEqual(losses);
    const second = await nanoSession(new CpuDevice(), config);
    await second.restore((await readSnapshot(file)).state);
    expect(await takeSteps(second, 3)).toEqual(rest);
    for (const each of [reference, first, second]) each.destroy();
  });

  test("has its own settings beside its name alone, and refuses ranks that it cannot start", () => {
    const whole: RunConfig = { ...nanoConfig, ...own };
    for (const name of Object.keys(entry.fields) as (keyof RunConfig)[]) {
      expect(applies(name, whole), name).toBe(true);
      expect(applies(name, { ...whole, loraStart: "kaiming", bases: "random" }), name).toBe(false);
    }
    const problems = (rank: number) => problemsOf({ ...whole, rank }).map(({ field }) => field);
    expect(problems(4)).toEqual([]);
    expect(problems(5)).toEqual(entry.halves === undefined ? [] : ["rank"]);
    const isLimited = entry.kind === "directions" && entry.count(80) > 64;
    expect(problems(80)).toEqual(isLimited ? ["rank"] : []);
  });
});
