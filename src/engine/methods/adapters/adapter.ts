import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { RandomStream } from "../../random/stream.ts";
import type { Fields, Method, SettingsOf } from "../method.ts";

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
 * `delta`, `spectralForm` has its singular values, ΔW starts as small as `initialNorm` says, and every factor is reached
 * by a gradient.
 */
export interface Adapter<F extends Fields = Fields> extends Method<F> {
  factors(shape: LayerShape, settings: SettingsOf<F>): Factors<FactorSpec>;
  /** Starting values of one layer's factors, row-major; computed on the host so that every machine starts alike. */
  initial(shape: LayerShape, settings: SettingsOf<F>, stream: RandomStream): Factors<Float64Array>;
  /** Largest singular value of ΔW at the start. */
  initialNorm(settings: SettingsOf<F>): number;
  fold(tape: Tape, factors: Factors<Tensor>, settings: SettingsOf<F>): Pair;
  /** ΔW [out, in] of one layer in plain loops, from its equation alone: what `fold` is compared with. */
  delta(factors: Factors<ArrayLike<number>>, settings: SettingsOf<F>, shape: LayerShape): Float64Array;
  spectralForm(tape: Tape, factors: Factors<Tensor>, settings: SettingsOf<F>): SpectralForm;
  /**
   * Set where the outer factors should span the first gradient's top directions rather than what `initial` says: their
   * names, and which directions, or none where the settings leave them random.
   */
  readonly bases?: {
    readonly input: string;
    readonly output: string;
    kind(settings: SettingsOf<F>): "gradient" | "spectral" | undefined;
  };
}

/** An adapter with its settings, whatever they are. */
export interface ChosenAdapter {
  readonly adapter: Adapter;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Numbers that an adapter trains in the update of a layer. */
export function trainedIn(adapter: Adapter, shape: LayerShape, settings: ChosenAdapter["settings"]): number {
  return Object.values(adapter.factors(shape, settings)).reduce(
    (sum, { rows, cols, rate }) => sum + (rate > 0 ? rows * cols : 0),
    0,
  );
}
