import type { Device, Program } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";
import { runsOfSample, timeProgram } from "../device/timing.ts";
import type { AdapterTraits } from "../kernels/kernel.ts";
import {
  type AttentionVariant,
  attentionVariants,
  canReduceInSubgroups,
  canRun,
  type MatmulVariant,
  matmulVariants,
  type ProductClass,
  productClasses,
  type ReductionVariant,
  reductionVariants,
  STANDARD_ATTENTION,
  standardVariants,
  writtenChoice,
} from "../kernels/matmulVariants.ts";
import { attention } from "../ops/attention.ts";
import { crossEntropy } from "../ops/crossEntropy.ts";
import { layerNorm } from "../ops/layerNorm.ts";
import { type MatmulOptions, matmul } from "../ops/matmul.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { noise, relativeError } from "../trust/check.ts";

/** A product whose time stands for its class: [batch, rows, inner, cols]. */
export interface Sample extends MatmulOptions {
  readonly size: readonly [batch: number, rows: number, inner: number, cols: number];
}

/** Attention to oneself, forward and backward: [rows, heads, tokens, headWidth]. */
export type AttentionSample = readonly [rows: number, heads: number, tokens: number, headWidth: number];

/** Rows that are normalised, and rows whose classes are told apart, forward and backward. */
export type ReductionSample = readonly [rows: number, cols: number];

/** How long one way took for the samples of a class of products, for attention, or for reductions. */
export type Timing = (
  | { readonly class: ProductClass; readonly way: MatmulVariant }
  | { readonly class: "attention"; readonly way: AttentionVariant }
  | { readonly class: "reductions"; readonly way: ReductionVariant }
) & {
  /** Milliseconds of all samples together, the least of the rounds. */
  readonly ms: number;
};

/** What to measure. */
export interface Samples {
  readonly products: Readonly<Record<ProductClass, readonly Sample[]>>;
  readonly attention: AttentionSample;
  readonly reductions: ReductionSample;
}

/** What was measured, and the choice that follows from it. */
export interface Tuning {
  /** As an experiment and its link hold it. */
  readonly kernelChoice: string;
  /** What is used where nothing is chosen. */
  readonly standard: string;
  readonly timings: readonly Timing[];
}

/** The same products in all their directions, and attention, at sizes that a training step of a small model has. */
const samples = (scale: number): Samples => ({
  products: {
    wide: [
      { size: [1, 256 * scale, 128 * scale, 256 * scale] },
      { size: [1, 256 * scale, 128 * scale, 256 * scale], transposeB: true },
    ],
    narrow: [{ size: [1, 512 * scale, 128 * scale, 8] }, { size: [1, 128 * scale, 512, 8], transposeA: true }],
    long: [{ size: [1, 16, 2048 * scale, 16] }, { size: [1, 16, 2048 * scale, 16], transposeA: true }],
    small: [{ size: [32 * scale, 32, 32, 32] }, { size: [32 * scale, 32, 32, 32], transposeB: true }],
  },
  attention: [16, 4, 64, 32],
  reductions: [512 * scale, 128 * scale],
});

/** A way is left out where it is further than this from the plain one: sums of up to some thousand terms differ by less. */
const TOLERANCE = 1e-4;

/** The standard way stays unless another one takes at most this share of its time: less is noise. */
const CLEARLY_FASTER = 0.93;

const ROUNDS = 5;

/**
 * Measures which way of computing products is the fastest on a device, class by class, then with these whether attention is
 * faster composed of products or fused, and, where the size of subgroups can be fixed, whether they are faster at adding up
 * rows. The device's own choice is as before afterwards.
 *
 * @param options.samples what to measure; without it, sizes that suit the kind of adapter.
 * @param options.report how far it has come, 0 … 1.
 * @throws AbortError once `signal` is aborted.
 */
export async function tuneProducts(
  device: Device,
  traits: AdapterTraits,
  options: {
    readonly samples?: Samples;
    readonly signal?: AbortSignal;
    readonly report?: (doing: string, fraction: number) => void;
  } = {},
): Promise<Tuning> {
  const { signal, report = () => {} } = options;
  const all = options.samples ?? samples(traits.kind === "hardware" ? 3 : 1);
  const usual = standardVariants(traits);
  const best: Record<ProductClass, MatmulVariant> = { ...usual };
  const timings: Timing[] = [];
  const hasSubgroups = canReduceInSubgroups(traits);
  const parts = productClasses.length + (hasSubgroups ? 2 : 1);
  for (const [index, each] of productClasses.entries()) {
    report(`Products that are ${each}`, index / parts);
    const candidates = matmulVariants
      .filter((way) => canRun(traits, way))
      // Whatever class a sample is of by its size, it is to be computed in this way.
      .map((way) => ({ way, ways: writtenChoice({ wide: way, narrow: way, long: way, small: way }) }));
    const own = await timed(device, candidates, recordProducts(all.products[each]), signal);
    best[each] = choiceOf(own, usual[each]);
    timings.push(...own.map((timing) => ({ class: each, ...timing })));
  }
  report("Attention", productClasses.length / parts);
  const candidates = attentionVariants.map((way) => ({ way, ways: writtenChoice(best, way) }));
  const own = await timed(device, candidates, recordAttention(all.attention), signal);
  timings.push(...own.map((timing) => ({ class: "attention" as const, ...timing })));
  const mixed = choiceOf(own, STANDARD_ATTENTION);
  let reductions: ReductionVariant = "plain";
  if (hasSubgroups) {
    report("Reductions", 1 - 1 / parts);
    const ways = reductionVariants.map((way) => ({ way, ways: writtenChoice(best, mixed, way) }));
    const timedWays = await timed(device, ways, recordReductions(all.reductions), signal);
    timings.push(...timedWays.map((timing) => ({ class: "reductions" as const, ...timing })));
    reductions = choiceOf(timedWays, reductions);
  }
  return {
    kernelChoice: writtenChoice(best, mixed, reductions),
    standard: writtenChoice(usual, STANDARD_ATTENTION),
    timings,
  };
}

/** The fastest way, if it is clearly faster than the standard one. */
function choiceOf<W>(timings: readonly { readonly way: W; readonly ms: number }[], usual: W): W {
  const standard = timings.find(({ way }) => way === usual);
  const fastest = timings.reduce((a, b) => (b.ms < a.ms ? b : a));
  return !standard || fastest.ms < CLEARLY_FASTER * standard.ms ? fastest.way : standard.way;
}

/**
 * How long each candidate takes, the first of which the others are held to. They take turns, so that what slows the
 * machine for a while slows them all.
 *
 * @param prepare places inputs on a device; what it returns records what is timed and gives its results.
 */
async function timed<W extends string>(
  device: Device,
  candidates: readonly { readonly way: W; readonly ways: string }[],
  prepare: (device: Device) => (tape: Tape) => Tensor[],
  signal: AbortSignal | undefined,
): Promise<{ readonly way: W; readonly ms: number }[]> {
  const scope = new DeviceScope(device);
  try {
    const record = prepare(scope);
    const programs: { way: W; program: Program; runs: number; ms: number }[] = [];
    let expected: Awaited<ReturnType<typeof readTensor>>[] | undefined;
    for (const { way, ways } of candidates) {
      signal?.throwIfAborted();
      scope.kernelChoice = ways;
      const tape = new Tape(scope);
      const kept = record(tape).map((out) => tape.keep(out));
      const program = await tape.compile(`samples by ${way}`);
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
    return programs.map(({ way, ms }) => ({ way, ms }));
  } finally {
    scope.destroy();
  }
}

const recordProducts = (all: readonly Sample[]) => (device: Device) => {
  const inputs = all.map((sample, index) => {
    const [batch, rows, inner, cols] = sample.size;
    return {
      a: filled(device, "a", [batch, ...(sample.transposeA ? [inner, rows] : [rows, inner])], 2 * index + 1),
      b: filled(device, "b", [batch, ...(sample.transposeB ? [cols, inner] : [inner, cols])], 2 * index + 2),
      sample,
    };
  });
  return (tape: Tape) => inputs.map(({ a, b, sample }) => matmul(tape, a, b, sample));
};

/** Attention to all tokens and to those before, as encoders and decoders have it, with the gradients of its inputs. */
const recordAttention =
  ([rows, heads, tokens, headWidth]: AttentionSample) =>
  (device: Device) => {
    const width = heads * headWidth;
    const shape = [rows, tokens, width];
    const cases = [false, true].map((causal, index) => ({
      causal,
      inputs: ["query", "key", "value"].map((name, part) => filled(device, name, shape, 3 * index + part + 1)),
    }));
    const seed = filled(device, "seed", shape, 7);
    const mask = persistent(device, "mask", [rows, tokens]);
    writeTensor(device, mask, new Float32Array(rows * tokens).fill(1));
    const split = { shape: [rows, heads, tokens, headWidth], strides: [tokens * width, headWidth, width, 1] };
    return (tape: Tape) =>
      cases.flatMap(({ causal, inputs }) => {
        for (const input of inputs) tape.watch(input);
        const [query, key, value] = inputs.map((input) => tape.view(input, split)) as [Tensor, Tensor, Tensor];
        const out = attention(tape, { query, key, value, mask, causal, scale: 1 / Math.sqrt(headWidth) });
        const gradients = tape.backward(new Map([[out, seed]]));
        return [out, ...inputs.map((input) => gradients.get(input)!)];
      });
  };

const recordReductions =
  ([rows, cols]: ReductionSample) =>
  (device: Device) => {
    const input = filled(device, "input", [rows, cols], 1);
    const [scale, bias] = [2, 3].map((stream) => filled(device, "scale", [cols], stream)) as [Tensor, Tensor];
    const labels = persistent(device, "labels", [rows]);
    const seeds = [filled(device, "seed", [rows, cols], 4), filled(device, "seed", [rows], 5)] as const;
    return (tape: Tape) => {
      tape.watch(input);
      const norm = layerNorm(tape, input, scale, bias, 1e-5);
      const loss = crossEntropy(tape, input, labels);
      const gradients = tape.backward(new Map([norm, loss].map((out, at) => [out, seeds[at]!])));
      return [norm, loss, gradients.get(input)!];
    };
  };

function filled(device: Device, name: string, shape: readonly number[], stream: number): Tensor {
  const tensor = persistent(device, name, shape);
  writeTensor(device, tensor, noise(sizeOf(shape), stream));
  return tensor;
}
