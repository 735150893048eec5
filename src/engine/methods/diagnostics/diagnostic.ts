import type { FieldValue } from "../../field.ts";
import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { Described, Fields } from "../method.ts";

export type Tensors = Readonly<Record<string, Tensor>>;

/** The values of an entry's own settings. */
export type OwnSettings<F extends Fields> = { readonly [K in keyof F]: FieldValue<F[K]> };

/**
 * ΔW of equal layers, stacked: scale · left · core · rightᵀ of thin factors (core the identity where it is absent), or a dense
 * matrix less what it was at the start. `isTransposed` where all of this is ΔWᵀ, whose left side is the inputs.
 */
export type Update = (
  | { readonly left: Tensor; readonly core?: Tensor; readonly right: Tensor; readonly scale: number }
  | { readonly dense: Tensor; readonly initial?: Tensor }
) & { readonly isTransposed?: boolean };

/** Layers of one shape whose update is watched. */
export interface WatchedLayers {
  readonly ids: readonly string[];
  update(tape: Tape): Update;
}

/** Numbers per layer under one name: a list of so many, or a single one. */
export interface Column {
  readonly name: string;
  readonly count?: number;
  /** What they are, in a few words. */
  readonly means?: string;
}

/** How many numbers per layer columns are. */
export function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { count = 1 }) => sum + count, 0);
}

/** Where a diagnostic keeps what outlives a measurement. */
export interface Room {
  /** A stack of matrices, which goes back to `start` with the run. */
  place(name: string, shape: readonly number[], start: ArrayLike<number>): Tensor;
  /** The same numbers on every call. */
  normals(count: number): Float64Array;
}

/** A matrix on the host, row-major. */
export interface HostMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly values: ArrayLike<number>;
}

interface Shown<F extends Fields> extends Described {
  readonly fields: F;
}

/**
 * What is measured of every watched layer's update, on the device, between two steps.
 *
 * One contract test (contract.test.ts) holds every entry to: as many values as columns, all finite, those of `reference`, and
 * the same again after a reset.
 */
export interface Measurement<F extends Fields = Fields> extends Shown<F> {
  readonly kind: "measurement";
  /** How it is drawn: a layer's values over the steps, or as singular values, of which one entry can be. */
  readonly chart: "lines" | "singular values";
  /** Whether a run with these settings measures it; absent where every run does. */
  isOn?(settings: OwnSettings<F>): boolean;
  /** What it gives per layer, the same for all layers of a network. @param updates one for each shape. */
  columns(updates: readonly Update[], settings: OwnSettings<F>): readonly Column[];
  /**
   * Set where it needs the loss's gradient with respect to the weights before training: what it keeps of it.
   *
   * @param gradient [layers, in, out], any strides.
   */
  keep?(tape: Tape, gradient: Tensor, room: Room, settings: OwnSettings<F>): Tensors;
  /** @returns values [layers, width], width that of its columns, which are multiplied by `scale` once they are read. */
  measure(
    tape: Tape,
    layers: { readonly update: Update; readonly kept: Tensors; readonly room: Room; readonly width: number },
    settings: OwnSettings<F>,
  ): { readonly values: Tensor; readonly scale?: number };
  /** The same of one layer in plain float64. @param layer ΔW and the first gradient, both [out, in]. */
  reference(
    layer: { readonly update: HostMatrix; readonly firstGradient: HostMatrix },
    columns: readonly Column[],
  ): ArrayLike<number>;
}

/** What follows from another diagnostic's values of a layer, and is computed where it is shown. */
export interface Derivation extends Shown<Fields> {
  readonly kind: "derivation";
  /** Of the values now: the first column as a bar, the others, two at most, as marks on it. */
  readonly chart: "bars";
  readonly from: string;
  readonly columns: readonly [Column, ...Column[]];
  of(values: ArrayLike<number>): number[];
}

export type Diagnostic = Measurement | Derivation;

/** Keeps the exact types of an entry's settings. */
export function measurement<const F extends Fields>(entry: Omit<Measurement<F>, "kind">): Measurement<F> {
  return { kind: "measurement", ...entry };
}
