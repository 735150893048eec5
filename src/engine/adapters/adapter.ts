import type { Tape } from "../ops/tape.ts";
import type { Tensor } from "../ops/tensor.ts";
import type { RandomStream } from "../random/stream.ts";

/** The settings that shape an adapter; each adapter reads the ones it has a use for. */
export interface AdapterSettings {
  /** The most singular values that the update can have. */
  readonly rank: number;
  /** Number of factors that are multiplied. */
  readonly depth: number;
  /** ε: every factor starts as ε times a (semi-)orthogonal matrix. */
  readonly initScale: number;
  /** γ: learning rate of the outer factors as a share of that of the cores. */
  readonly gamma: number;
  /** LoRA's α. */
  readonly alpha: number;
}

/** A weight matrix W [outFeatures, inFeatures], by its shape alone. */
export interface LayerShape {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** One factor of the update of one layer. */
export interface FactorSpec {
  readonly rows: number;
  readonly cols: number;
  /** Learning rate as a multiple of the run's; 0 leaves the factor as it starts. */
  readonly rate: number;
}

/** Factors by name: one layer's as row-major values, or a stack [layers, rows, cols] of equal layers' as tensors. */
export type Factors<T> = Readonly<Record<string, T>>;

/** ΔW = scale · up · downᵀ: what every method comes to in the forward pass. */
export interface Pair {
  /** [layers, outFeatures, k]. */
  readonly up: Tensor;
  /** [layers, inFeatures, k]. */
  readonly down: Tensor;
  readonly scale: number;
}

/**
 * ΔW written so that its singular values can be had exactly and cheaply. Thin forms are three factors
 * left · core · rightᵀ with few columns, of ΔWᵀ where `isTransposed`; a dense one is ΔW itself.
 */
export type SpectralForm =
  | {
      readonly left: Tensor;
      readonly core?: Tensor;
      readonly right: Tensor;
      readonly scale: number;
      readonly isTransposed?: boolean;
    }
  | { readonly dense: Tensor };

/**
 * A way to write the update ΔW [outFeatures, inFeatures] of a frozen weight matrix. Layers of one shape are stacked:
 * factors arrive as [layers, rows, cols], so that an operation on them is one dispatch for all of these layers.
 *
 * One contract test (adapters.test.ts) holds every adapter to: `initial` agrees with `factors`, `fold` means the ΔW of
 * `delta`, `spectralForm` has its singular values, ΔW starts as small as `initialNorm` says, and every factor is reached by a gradient.
 */
export interface Adapter {
  readonly label: string;
  /** Paper and place. */
  readonly source: string;
  factors(shape: LayerShape, settings: AdapterSettings): Factors<FactorSpec>;
  /** Starting values of one layer's factors, row-major; computed on the host so that every machine starts alike. */
  initial(shape: LayerShape, settings: AdapterSettings, stream: RandomStream): Factors<Float64Array>;
  /** Largest singular value of ΔW at the start. */
  initialNorm(settings: AdapterSettings): number;
  fold(tape: Tape, factors: Factors<Tensor>, settings: AdapterSettings): Pair;
  /** ΔW [out, in] of one layer in plain loops, from its equation alone: what `fold` is compared with. */
  delta(factors: Factors<ArrayLike<number>>, settings: AdapterSettings, shape: LayerShape): Float64Array;
  spectralForm(tape: Tape, factors: Factors<Tensor>, settings: AdapterSettings): SpectralForm;
  /** Set where the outer factors should span the first gradient's top directions rather than what `initial` says. */
  readonly bases?: { readonly input: string; readonly output: string };
}
