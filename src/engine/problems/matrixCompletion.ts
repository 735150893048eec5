import type { Device } from "../device/device.ts";
import { ConfigError } from "../errors.ts";
import { number } from "../field.ts";
import { semiOrthogonal } from "../linalg/semiOrthogonal.ts";
import type { Update } from "../methods/diagnostics/diagnostic.ts";
import { matmul } from "../ops/matmul.ts";
import { multiply } from "../ops/multiply.ts";
import { squaredError } from "../ops/squaredError.ts";
import type { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { weightedMean } from "../ops/weightedMean.ts";
import { RandomStream } from "../random/stream.ts";
import { ArenaSession, type Parameters, type PreparedProblem } from "./arenaSession.ts";
import { type ProblemSettings, problem } from "./problem.ts";

/** Up to this width singular values go through the factors; beyond it, through the product. */
const THIN = 64;

/** Numbers of the random streams that one seed feeds. */
const streams = { left: 1, right: 2, mask: 3, factors: 10 } as const;

const fields = {
  size: number("Size d", 64, { min: 2, max: 1024, whole: true }, "Rows and columns of the matrix."),
  rank: number("Rank r", 2, { min: 1, max: 64, whole: true }, "Rank of the matrix."),
  largest: number("Largest singular value", 15, { min: 1e-3, max: 1e3 }, "Of the matrix."),
  ratio: number("Ratio of the smallest", 0.9, { min: 1e-3, max: 1 }, "The smallest singular value as a share of it."),
  observed: number("Observed", 0.4, { min: 0.01, max: 1 }, "Share of the entries that are known."),
  depth: number("Depth L", 3, { min: 2, max: 5, whole: true }, "How many factors are multiplied."),
  width: number("Width", 64, { min: 1, max: 1024, whole: true }, "Inner width of the factors."),
  initScale: number(
    "Initial scale ε",
    0.1,
    { min: 1e-6, max: 1 },
    "Every factor starts as ε times an orthogonal matrix.",
  ),
  learningRate: number(
    "Learning rate",
    5e-3,
    { min: 1e-7, max: 1 },
    "Of gradient descent on ½ Σ (f − Φ)² over the known entries.",
  ),
  steps: number("Steps", 2000, { min: 1, max: 100_000, whole: true }, "Length of the run."),
  seed: number("Seed", 7, { min: 0, max: 4294967295, whole: true }, "Decides matrix, known entries and start."),
  evaluateEvery: number(
    "Validate every",
    100,
    { min: 1, max: 10_000, whole: true },
    "Steps between two looks at all entries.",
  ),
  spectrumEvery: number("Spectrum every", 20, { min: 1, max: 10_000, whole: true }, "Steps between two spectra."),
};

/** A matrix of low rank of which some entries are known, fitted by a product of factors: f = W_L ⋯ W_1. */
export const matrixCompletion = problem({
  label: "Deep matrix completion",
  source: "Yaras et al. 2024, arXiv:2406.04112, section 2",
  equation: "min ½ ‖mask ⊙ (Wʟ ⋯ W₁ − Φ)‖²",
  fields,
  small: { size: 24, depth: 2, largest: 4, steps: 60, spectrumEvery: 20, evaluateEvery: 30, learningRate: 0.02 },
  prepare: async ({ device, settings, report }) => {
    report("Drawing the matrix");
    return ArenaSession.prepare(device, settings, completion(device, drawn(settings)));
  },
});

/** A matrix with the entries that are known, and where the factors start, the one next to the input first. */
export interface CompletionInstance {
  readonly size: number;
  /** Row-major [size, size]. */
  readonly target: ArrayLike<number>;
  /** Ones and zeros, [size, size]. */
  readonly mask: ArrayLike<number>;
  readonly factors: readonly { readonly rows: number; readonly cols: number; readonly values: ArrayLike<number> }[];
}

/** What a seed gives. @throws ConfigError where the rank is more than the size. */
function drawn(settings: ProblemSettings<typeof fields>): CompletionInstance {
  const { size, rank, largest, ratio, observed, depth, width, initScale, seed } = settings;
  if (rank > size)
    throw new ConfigError(
      `rank ${rank} is more than a matrix of size ${size} can have`,
      `Choose a rank of at most ${size}.`,
    );
  const draw = (stream: number) => new RandomStream(seed, stream);
  const [u, v] = [semiOrthogonal(size, rank, draw(streams.left)), semiOrthogonal(size, rank, draw(streams.right))];
  const values = Array.from({ length: rank }, (_, k) => largest * ratio ** (rank === 1 ? 0 : k / (rank - 1)));
  const target = Float64Array.from({ length: size * size }, (_, at) => {
    const [row, col] = [Math.floor(at / size), at % size];
    return values.reduce((sum, value, k) => sum + value * u[row * rank + k]! * v[col * rank + k]!, 0);
  });
  const known = draw(streams.mask);
  const inner = Math.min(width, size);
  return {
    size,
    target,
    mask: Float64Array.from({ length: size * size }, () => (known.uniform() < observed ? 1 : 0)),
    factors: Array.from({ length: depth }, (_, at) => {
      const [rows, cols] = [at === depth - 1 ? size : inner, at === 0 ? size : inner];
      const start = semiOrthogonal(rows, cols, draw(streams.factors + at));
      return { rows, cols, values: start.map((x) => initScale * x) };
    }),
  };
}

/** Completion of one matrix, ready for a session. */
export function completion(device: Device, { size, target, mask, factors }: CompletionInstance): PreparedProblem {
  const entries = size * size;
  const put = (name: string, values: ArrayLike<number>): Tensor => {
    const tensor = persistent(device, name, [values.length]);
    writeTensor(device, tensor, values);
    return tensor;
  };
  const known = Array.from(mask).reduce((sum, each) => sum + each, 0);
  const all = put("all entries", new Float64Array(entries).fill(1));
  const [truth, weights] = [put("target", target), put("mask", mask)];
  const half = put("half of the known entries", [known / 2]);
  const owned = [all, truth, weights, half];
  const names = factors.map((_, at) => `W${at + 1}`);
  const norm = Math.sqrt(Array.from(target).reduce((sum, value) => sum + value ** 2, 0));
  /** Mean squared error over weighted entries. */
  const error = (tape: Tape, parameters: Parameters, over: Tensor) => {
    const f = tape.reshape(product(tape, stackOf(names, parameters)), [entries]);
    return weightedMean(tape, squaredError(tape, f, truth), over);
  };
  return {
    parameters: factors.map(({ rows, cols, values }, at) => ({
      ...{ name: names[at]!, shape: [1, rows, cols], initial: values },
    })),
    recordLoss: (tape, parameters) => multiply(tape, error(tape, parameters, weights), half),
    recordEvaluation: (tape, parameters) => error(tape, parameters, all),
    metricsOf: ({ 0: mean }) => ({ loss: (mean! * entries) / 2, error: Math.sqrt(mean! * entries) / norm }),
    metrics: [{ id: "error", label: "Relative error", higherIsBetter: false }],
    watched: [
      {
        ...{ id: "product", tensor: "product", inFeatures: size, outFeatures: size },
        update: (tape, parameters) => updateOf(tape, stackOf(names, parameters)),
      },
    ],
    examples: { training: known, validation: entries },
    destroy() {
      for (const tensor of owned) memoryOf(tensor).destroy();
    },
  };
}

function stackOf(names: readonly string[], parameters: Parameters): readonly Tensor[] {
  return names.map((name) => parameters[name]!);
}

/** W_L ⋯ W_1 [1, d, d], from the input's side. */
function product(tape: Tape, factors: readonly Tensor[]): Tensor {
  return factors.slice(1).reduce((below, factor) => matmul(tape, factor, below), factors[0]!);
}

/** The product as diagnostics look at it. */
function updateOf(tape: Tape, factors: readonly Tensor[]): Update {
  const [first, last] = [factors[0]!, factors.at(-1)!];
  const width = first.shape[1]!;
  if (width > THIN) return { dense: product(tape, factors) };
  const strides = stacked([1, width, width]);
  const core = factors
    .slice(1, -1)
    .reduce<Tensor | undefined>(
      (below, factor) => (below ? matmul(tape, factor, below, { strides }) : factor),
      undefined,
    );
  const [count, rows, cols] = first.shape as [number, number, number];
  const [outer, row, col] = first.strides as [number, number, number];
  const right = tape.view(first, { shape: [count, cols, rows], strides: [outer, col, row] });
  return { left: last, ...(core && { core }), right, scale: 1 };
}
