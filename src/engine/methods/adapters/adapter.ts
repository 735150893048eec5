import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { DirectionsInitialiser, Factors } from "../initialisers/initialiser.ts";
import type { LayerShape, NewLayer } from "../layer.ts";
import type { Fields, Method, SettingsOf } from "../method.ts";
import type { InPeft } from "./peftForm.ts";

/** A tensor that an adapter has for each of its layers, or for all layers of one shape together. */
export interface ParameterSpec {
  /** A matrix, or a vector, which decays only where everything does and comes to `apply` as a column. */
  readonly shape: readonly [rows: number, cols: number] | readonly [size: number];
  /**
   * Learning rate as a multiple of the run's; 0 leaves it as it is, in the state of the run. A constant lies outside:
   * kept once, without gradient, start or moments, made anew from `initial` wherever the run goes on.
   */
  readonly rate: number | "constant";
  /** One for all layers of a shape; where it is trained its gradients add up. */
  readonly shared?: true;
}

/** By name: one layer's as row-major values, or a stack [layers, rows, cols] of equal layers' as tensors. */
export type ByName<T> = Readonly<Record<string, T>>;

/** ΔW = scale · up · downᵀ, and W′ = diag(gain) · (W + ΔW) where there is a gain. */
export interface Pair {
  /** [layers, outFeatures, k]. */
  readonly up: Tensor;
  /** [layers, inFeatures, k]. */
  readonly down: Tensor;
  readonly scale: number;
  /** [layers, outFeatures, 1]: what outputs are multiplied with before the bias is added. */
  readonly gain?: Tensor;
  /**
   * ΔW, or its transpose, as scale · left · core · rightᵀ, for diagnostics: what is small in the core stays exact to 1e-6
   * of the largest singular value where up, which has taken the core in, would lose some of it.
   */
  readonly thin?: {
    readonly left: Tensor;
    readonly core?: Tensor;
    readonly right: Tensor;
    readonly isTransposed?: boolean;
  };
}

/** What layers compute with: a pair beside W, or W′ [layers, outFeatures, inFeatures] in its place. */
export type Change = ({ readonly kind: "pair" } & Pair) | { readonly kind: "weight"; readonly weight: Tensor };

/**
 * A way to change a frozen weight matrix W [outFeatures, inFeatures]. Layers of one shape are stacked: parameters arrive
 * as [layers, rows, cols], so that an operation on them is one dispatch for all of these layers.
 *
 * One contract test (adapters.test.ts) holds every adapter to: `initial` agrees with `parameters`, `apply` means the ΔW
 * of `delta`, ΔW starts as small as `initialNorm` says, and everything that is trained is reached by a gradient.
 */
export interface Adapter<F extends Fields = Fields> extends Method<F> {
  parameters(shape: LayerShape, settings: SettingsOf<F>): ByName<ParameterSpec>;
  /** Starting values of one layer's parameters, row-major; computed on the host so that every machine starts alike. */
  initial(layer: NewLayer, settings: SettingsOf<F>): ByName<Float64Array>;
  /** Largest singular value of ΔW = W′ − W at the start. */
  initialNorm(settings: SettingsOf<F>): number;
  /** @param base W [layers, outFeatures, inFeatures]; who asks for it has the frozen weights stacked. */
  apply(tape: Tape, parameters: ByName<Tensor>, settings: SettingsOf<F>, base: () => Tensor): Change;
  /**
   * ΔW = W′ − W [out, in] of one layer in plain loops, from its equation alone: what `apply` is compared with.
   *
   * @param weight W, row-major [out, in].
   */
  delta(
    parameters: ByName<ArrayLike<number>>,
    settings: SettingsOf<F>,
    shape: LayerShape,
    weight: ArrayLike<number>,
  ): Float64Array;
  /**
   * Set where ΔW is a plain pair of trained factors that is 0 at the start and has other directions each time that `initial`
   * draws it: a rank schedule may take it into the weights and start it again.
   */
  readonly restarts?: true;
  /**
   * The same in Python, without a library of its own, for the program that is exported and for checks: `start` and what
   * else `export/python/updates.py` calls. Without it the program refuses the adapter by name.
   */
  readonly python?: string;
  readonly peft: InPeft<F>;
  /** Set where factors may start in directions that are found on the device, which `initial` leaves at what it says. */
  readonly directions?: {
    /** What finds them, or nothing under these settings. */
    of(settings: SettingsOf<F>): ChosenDirections | undefined;
    /** @returns what becomes of them by name, as stacks [layers, rows, cols]; all else starts as `initial` says. */
    place(tape: Tape, found: Factors): ByName<Tensor>;
  };
}

/** An initialiser with what it is to find. */
export interface ChosenDirections {
  readonly initialiser: DirectionsInitialiser;
  readonly rank: number;
  /** What the factors' product is multiplied with. */
  readonly scale: number;
}

/** An adapter with its settings, whatever they are. */
export interface ChosenAdapter {
  readonly adapter: Adapter;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Rows and columns of a parameter; a vector is a column. */
export function matrixOf({ shape }: Pick<ParameterSpec, "shape">): readonly [rows: number, cols: number] {
  const [rows, cols = 1] = shape;
  return [rows, cols];
}

/** Numbers that an adapter trains in the updates of layers. */
export function trainedIn({ adapter, settings }: ChosenAdapter, shapes: readonly LayerShape[]): number {
  const seen = new Set<string>();
  let sum = 0;
  for (const shape of shapes) {
    const key = `${shape.outFeatures}x${shape.inFeatures}`;
    for (const spec of Object.values(adapter.parameters(shape, settings))) {
      if (spec.rate === "constant" || spec.rate === 0 || (spec.shared && seen.has(key))) continue;
      const [rows, cols] = matrixOf(spec);
      sum += rows * cols;
    }
    seen.add(key);
  }
  return sum;
}
