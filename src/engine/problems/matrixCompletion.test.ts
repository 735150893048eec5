import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { TrainingDevice } from "../device/device.ts";
import type { TrainerEvent } from "../run/events.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoSources } from "../testing/runs.ts";
import { ArenaSession } from "./arenaSession.ts";
import { type CompletionInstance, completion, matrixCompletion } from "./matrixCompletion.ts";
import { trainerOf, usualSettings } from "./problem.ts";

/*
 * Trajectories of gradient descent computed elsewhere in float64, CC0, on inputs from an integer hash rather than a
 * random generator. `columns` hold what is there before a checkpoint's step; |x − golden| ≤ abs + rel · |golden|.
 */

interface Golden {
  readonly id: string;
  readonly settings: Readonly<Record<"d" | "r" | "rhat" | "L" | "eps" | "eta", number>> & {
    readonly sv: readonly number[];
    readonly kind: "full" | "narrow";
  };
  readonly checkpoints: readonly number[];
  readonly columns: { readonly loss: number[]; readonly error: number[]; readonly sigmaF: number[][] };
  readonly tolerance: Readonly<Record<"loss" | "error" | "sigmaF", { readonly abs: number; readonly rel: number }>>;
  readonly inputs: Readonly<Record<string, { readonly sum: number; readonly first: readonly number[] }>>;
}

const file = path.join(import.meta.dirname, "fixtures/completion.json");
const { goldens } = JSON.parse(readFileSync(file, "utf8")) as { goldens: readonly Golden[] };

function hash(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
const uniform = (seed: number, at: number) => (hash((hash(seed) + at) >>> 0) >>> 8) * 2 ** -23 - 1;
const gaussian = (seed: number, at: number) => [1, 2, 3].reduce((sum, k) => sum + uniform(3 * seed + k, at), 0);

/** Orthonormal columns, or rows where it is wide: Gram–Schmidt, twice, on sums of three uniforms. Row-major. */
function orthogonal(seed: number, rows: number, cols: number): number[] {
  if (rows < cols) {
    const tall = orthogonal(seed, cols, rows);
    return Array.from({ length: rows * cols }, (_, at) => tall[(at % cols) * rows + Math.floor(at / cols)]!);
  }
  const columns: number[][] = [];
  for (let col = 0; col < cols; col++) {
    let own = Array.from({ length: rows }, (_, row) => gaussian(seed, row * cols + col));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of columns) {
        const along = own.reduce((sum, x, row) => sum + x * other[row]!, 0);
        own = own.map((x, row) => x - along * other[row]!);
      }
    }
    const norm = Math.hypot(...own);
    columns.push(own.map((x) => x / norm));
  }
  return Array.from({ length: rows * cols }, (_, at) => columns[at % cols]![Math.floor(at / cols)]!);
}

function instanceOf({ settings: { d, r, rhat, L, eps, sv, kind } }: Golden): CompletionInstance {
  const [u, v] = [orthogonal(101, d, r), orthogonal(102, d, r)];
  const entries = <T>(of: (row: number, col: number, at: number) => T) =>
    Array.from({ length: d * d }, (_, at) => of(Math.floor(at / d), at % d, at));
  const [width, seed] = kind === "full" ? [d, 111] : [2 * rhat, 121];
  return {
    size: d,
    target: entries((row, col) => sv.reduce((sum, s, k) => sum + s * u[row * r + k]! * v[col * r + k]!, 0)),
    mask: entries((_row, _col, at) => (uniform(104, at) < -0.2 ? 1 : 0)),
    factors: Array.from({ length: L }, (_, at) => {
      const [rows, cols] = [at === L - 1 ? d : width, at === 0 ? d : width];
      return { rows, cols, values: orthogonal(seed + at, rows, cols).map((x) => eps * x) };
    }),
  };
}

/** Loss, error and singular values at the checkpoints up to a step, through the trainer. */
async function trajectory(device: TrainingDevice, golden: Golden, steps: number) {
  const spacing = 125;
  const settings = {
    ...usualSettings(matrixCompletion),
    ...{ learningRate: golden.settings.eta, steps: steps + 1, evaluateEvery: spacing, spectrumEvery: spacing },
  };
  const events: TrainerEvent[] = [];
  const problem = {
    prepare: ({ device: own }: { device: TrainingDevice | Parameters<typeof completion>[0] }) =>
      ArenaSession.prepare(own, settings, completion(own, instanceOf(golden))),
  };
  const trainer = trainerOf(
    problem,
    async () => device,
    nanoSources,
    (event) => events.push(event),
  );
  await trainer.prepare(settings);
  await trainer.train();
  await trainer.borrow(async (_device, session) => session!.destroy());
  expect(events.filter(({ type }) => type === "failed")).toEqual([]);
  const losses = events.flatMap((event) => (event.type === "metrics" ? event.rows.map(({ loss }) => loss) : []));
  const errors = new Map(
    events.flatMap((event) => (event.type === "evaluation" ? [[event.step, event.values.error!]] : [])),
  );
  const spectra = new Map(
    events.flatMap((event) => (event.type === "measured" ? [[event.step, [...event.values]]] : [])),
  );
  return { losses, errors, spectra };
}

describe.each(goldens.map((golden) => [golden.id, golden] as const))("%s", (_, golden) => {
  test("begins with the inputs that the golden trajectory had", () => {
    const { target, mask, factors } = instanceOf(golden);
    const names = Object.keys(golden.inputs);
    for (const [at, values] of [target, mask, ...factors.map((factor) => factor.values)].entries()) {
      const { sum, first } = golden.inputs[names[at]!]!;
      expect(
        Array.from(values).reduce((a, b) => a + b, 0),
        names[at],
      ).toBeCloseTo(sum, 9);
      for (const [index, value] of first.entries()) expect(values[index]).toBeCloseTo(value, 12);
    }
  });

  test.each<[string, () => Promise<TrainingDevice>, number]>([
    ["on the processor in float64", async () => new CpuDevice(Float64Array), 1250],
    // A software adapter takes a tenth of a second for a step of the full one.
    ["on WebGPU", testGpu, golden.settings.kind === "full" ? 500 : 250],
  ])("follows the golden trajectory through the trainer, %s", async (_name, open, steps) => {
    const { losses, errors, spectra } = await trajectory(await open(), golden, steps);
    const { loss, error, sigmaF } = golden.columns;
    const check = (column: keyof typeof golden.tolerance, value: number | undefined, expected: number, at: number) => {
      const { abs, rel } = golden.tolerance[column];
      expect(Math.abs(value! - expected), `${column} at ${at}`).toBeLessThanOrEqual(abs + rel * Math.abs(expected));
    };
    let compared = 0;
    golden.checkpoints.forEach((step, at) => {
      if (step > steps) return;
      compared++;
      check("loss", losses[step], loss[at]!, step);
      check("error", errors.get(step), error[at]!, step);
      // The first spectrum follows the first step.
      for (const [k, value] of step > 0 ? sigmaF[at]!.slice(0, 4).entries() : [])
        check("sigmaF", spectra.get(step)?.[k], value, step);
    });
    expect(compared).toBe(golden.checkpoints.filter((step) => step <= steps).length);
    expect(compared).toBeGreaterThan(1);
  });
});
