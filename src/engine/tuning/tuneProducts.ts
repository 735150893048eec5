import type { Device, Program } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";
import { runsOfSample, timeProgram } from "../device/timing.ts";
import type { AdapterTraits } from "../kernels/kernel.ts";
import {
  type ChosenWays,
  canRun,
  type ProductClass,
  type ProductWay,
  productClasses,
  productWays,
  standardWays,
  writtenWays,
} from "../kernels/productWays.ts";
import { type MatmulOptions, matmul } from "../ops/matmul.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { noise, relativeError } from "../trust/check.ts";

/** A product whose time stands for its class: [batch, rows, inner, cols]. */
export interface Sample extends MatmulOptions {
  readonly size: readonly [batch: number, rows: number, inner: number, cols: number];
}

/** How long one way took for the samples of a class. */
export interface Timing {
  readonly class: ProductClass;
  readonly way: ProductWay;
  /** Milliseconds of all samples together, the least of the rounds. */
  readonly ms: number;
}

/** What was measured, and the choice that follows from it. */
export interface Tuning {
  /** As an experiment and its link hold it. */
  readonly ways: string;
  /** What is used where nothing is chosen. */
  readonly standard: string;
  readonly timings: readonly Timing[];
}

/** The same products in all their directions, at sizes that a training step of a small model has. */
const samples = (scale: number): Readonly<Record<ProductClass, readonly Sample[]>> => ({
  wide: [
    { size: [1, 256 * scale, 128 * scale, 256 * scale] },
    { size: [1, 256 * scale, 128 * scale, 256 * scale], transposeB: true },
  ],
  narrow: [{ size: [1, 512 * scale, 128 * scale, 8] }, { size: [1, 128 * scale, 512, 8], transposeA: true }],
  long: [{ size: [1, 16, 2048 * scale, 16] }, { size: [1, 16, 2048 * scale, 16], transposeA: true }],
  small: [{ size: [32 * scale, 32, 32, 32] }, { size: [32 * scale, 32, 32, 32], transposeB: true }],
});

/** A way is left out where it is further than this from the plain one: sums of up to some thousand terms differ by less. */
const TOLERANCE = 1e-4;

/** The standard way stays unless another one takes at most this share of its time: less is noise. */
const CLEARLY_FASTER = 0.93;

const ROUNDS = 5;

/**
 * Measures which way of computing products is the fastest on a device, class by class. The device's own choice is as
 * before afterwards.
 *
 * @param options.samples what to measure; without it, sizes that suit the kind of adapter.
 * @param options.report how far it has come, 0 … 1.
 * @throws AbortError once `signal` is aborted.
 */
export async function tuneProducts(
  device: Device,
  traits: AdapterTraits,
  options: {
    readonly samples?: Readonly<Record<ProductClass, readonly Sample[]>>;
    readonly signal?: AbortSignal;
    readonly report?: (doing: string, fraction: number) => void;
  } = {},
): Promise<Tuning> {
  const { signal, report = () => {} } = options;
  const all = options.samples ?? samples(traits.kind === "hardware" ? 3 : 1);
  const usual = standardWays(traits);
  const timings: Timing[] = [];
  const { ways: before } = device;
  try {
    for (const [index, each] of productClasses.entries()) {
      signal?.throwIfAborted();
      report(`Products that are ${each}`, index / productClasses.length);
      const candidates = productWays.filter((way) => canRun(traits, way));
      timings.push(...(await timed(device, each, all[each], candidates, signal)));
    }
  } finally {
    device.ways = before;
  }
  const best = Object.fromEntries(
    productClasses.map((each) => {
      const own = timings.filter((timing) => timing.class === each);
      const standard = own.find(({ way }) => way === usual[each]);
      const fastest = own.reduce((a, b) => (b.ms < a.ms ? b : a));
      return [each, !standard || fastest.ms < CLEARLY_FASTER * standard.ms ? fastest.way : standard.way];
    }),
  ) as Record<ProductClass, ProductWay>;
  return { ways: writtenWays(best), standard: writtenWays(usual), timings };
}

/** The candidates take turns, so that what slows the machine for a while slows them all. */
async function timed(
  device: Device,
  each: ProductClass,
  all: readonly Sample[],
  candidates: readonly ProductWay[],
  signal: AbortSignal | undefined,
): Promise<Timing[]> {
  const scope = new DeviceScope(device);
  try {
    const inputs = all.map((sample, index) => operands(scope, sample, index));
    const programs: { way: ProductWay; program: Program; runs: number; ms: number }[] = [];
    let expected: Awaited<ReturnType<typeof readTensor>>[] | undefined;
    for (const way of candidates) {
      signal?.throwIfAborted();
      // Whatever class a sample is of by its size, it is to be computed in this way.
      device.ways = writtenWays(Object.fromEntries(productClasses.map((name) => [name, way])) as ChosenWays);
      const tape = new Tape(scope);
      const kept = inputs.map(({ a, b, sample }) => tape.keep(matmul(tape, a, b, sample)));
      const program = await tape.compile(`products by ${way}`);
      void device.submit([program]);
      const results = await Promise.all(kept.map((out) => readTensor(scope, out)));
      expected ??= results;
      const isRight = results.every((out, index) => relativeError(out, expected![index]!) <= TOLERANCE);
      if (!isRight) continue;
      const runs = await runsOfSample(device, program);
      programs.push({ way, program, runs, ms: Number.POSITIVE_INFINITY });
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const entry of programs) {
        signal?.throwIfAborted();
        entry.ms = Math.min(entry.ms, await timeProgram(device, entry.program, entry.runs));
      }
    }
    return programs.map(({ way, ms }) => ({ class: each, way, ms }));
  } finally {
    scope.destroy();
  }
}

function operands(device: Device, sample: Sample, index: number): { a: Tensor; b: Tensor; sample: Sample } {
  const [batch, rows, inner, cols] = sample.size;
  const filled = (name: string, shape: readonly number[], seed: number) => {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, noise(sizeOf(shape), seed));
    return tensor;
  };
  return {
    a: filled("a", [batch, ...(sample.transposeA ? [inner, rows] : [rows, inner])], 2 * index + 1),
    b: filled("b", [batch, ...(sample.transposeB ? [cols, inner] : [inner, cols])], 2 * index + 2),
    sample,
  };
}
