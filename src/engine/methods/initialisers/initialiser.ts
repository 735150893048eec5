import { MOST_COLUMNS } from "../../linalg/orthonormalise.ts";
import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { RandomStream } from "../../random/stream.ts";
import type { NewLayer } from "../layer.ts";
import type { Described, Fields, SettingsOf } from "../method.ts";

interface Common<F extends Fields> extends Described<F> {
  readonly equation: string;
  /** Set where the rank must be even: why. */
  readonly halves?: string;
}

/** Random numbers, a matrix at a time: for any factor, and for A beside a B of zeros. */
export interface MatrixInitialiser<F extends Fields = Fields> extends Common<F> {
  readonly kind: "matrix";
  /** @returns row-major [rows, cols]. */
  matrix(shape: readonly [rows: number, cols: number], stream: RandomStream, settings: SettingsOf<F>): Float64Array;
}

/** A [r, in] and B [out, r] together, row-major; their product is 0. */
export interface PairInitialiser<F extends Fields = Fields> extends Common<F> {
  readonly kind: "pair";
  pair(layer: NewLayer, rank: number, settings: SettingsOf<F>): StartingPair;
}

/** Both factors from directions that are found on the device, in the weights or in the loss's gradient before training. */
export interface DirectionsInitialiser<F extends Fields = Fields> extends Common<F> {
  readonly kind: "directions";
  readonly of: "weights" | "first gradient";
  /** Set where input and output are singular directions of one matrix, pair by pair. */
  readonly isPaired?: true;
  /** Directions of a matrix that it computes with. */
  count(rank: number): number;
  /** Records the search in all layers of a shape at once. */
  find(tape: Tape, search: Search, settings: SettingsOf<F>): Factors;
}

/**
 * How the factors of an update start. What is drawn is drawn on the host in float64, so that every machine starts alike.
 *
 * One contract test (contract.test.ts) holds every entry to: sizes, finite numbers, the same again from the same seed, and
 * a run that starts at the pretrained model and learns.
 */
export type Initialiser<F extends Fields = Fields> =
  | MatrixInitialiser<F>
  | PairInitialiser<F>
  | DirectionsInitialiser<F>;

export interface StartingPair {
  readonly A: Float64Array;
  readonly B: Float64Array;
}

export interface Search {
  /** [layers, in, out], any strides: Wᵀ, or the gradient with respect to it. */
  readonly matrices: Tensor;
  readonly rank: number;
  /** What the factors' product is multiplied with. */
  readonly scale: number;
  /** Normals by the seed of the run, in memory that lasts as long as the search. */
  random(name: string, shape: readonly number[]): Tensor;
}

/** input [layers, in, r] and output [layers, out, r]. */
export interface Factors {
  readonly input: Tensor;
  readonly output: Tensor;
}

/** Keeps the exact types of an entry's settings. */
export function initialiser<const F extends Fields, K extends Initialiser["kind"]>(
  declaration: Extract<Initialiser<F>, { kind: K }>,
): Extract<Initialiser<F>, { kind: K }> {
  return declaration;
}

/** First values of a pair of factors; zeros where they are yet to be found on the device. */
export function startingPair(
  entry: Initialiser,
  layer: NewLayer,
  rank: number,
  settings: SettingsOf<Fields> = {},
): StartingPair {
  const { inFeatures, outFeatures } = layer.shape;
  const B = new Float64Array(outFeatures * rank);
  switch (entry.kind) {
    case "matrix":
      return { A: entry.matrix([rank, inFeatures], layer.stream, settings), B };
    case "pair":
      return entry.pair(layer, rank, settings);
    case "directions":
      return { A: new Float64Array(rank * inFeatures), B };
  }
}

/** What is wrong with a rank, whatever the layers. */
export function rankProblems(entry: Initialiser, rank: number): string[] {
  const problems = [];
  if (entry.halves !== undefined && rank % 2 !== 0) problems.push(`${entry.halves}, so the rank must be even`);
  if (entry.kind === "directions" && entry.count(rank) > MOST_COLUMNS)
    problems.push(
      `${entry.label} finds up to ${MOST_COLUMNS} directions, and rank ${rank} takes ${entry.count(rank)}; choose a smaller rank or another start`,
    );
  return problems;
}
