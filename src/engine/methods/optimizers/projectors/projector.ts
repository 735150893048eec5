import type { Tape } from "../../../ops/tape.ts";
import type { Tensor } from "../../../ops/tensor.ts";
import type { Described, Fields } from "../../method.ts";
import type { Settings } from "../optimizer.ts";

/** What bases are drawn with, apart from all other random numbers of a run; a number for every stack follows. */
export const PROJECTION_STREAM = 30_000;

export interface ProjectionRequest {
  /** [count, rows, cols]. */
  readonly gradient: Tensor;
  /** The side that is projected: columns (right) or rows (left). */
  readonly side: "left" | "right";
  readonly rank: number;
  /** Normals [count, rows, cols] of the step and of these matrices. */
  random(rows: number, cols: number): Tensor;
}

/** Where the subspace comes from that an optimizer keeps its state in. */
export interface Projector<F extends Fields = Fields> extends Described {
  readonly fields: F;
  /** `projections(gradients, s, normals)` in Python; without it the Python program refuses it by name. */
  readonly python?: string;
  /** @returns orthonormal [count, rows or cols, rank], stacked. */
  basis(tape: Tape, request: ProjectionRequest, settings: Settings<F>): Tensor;
}

/** Keeps the exact types of an entry's settings. */
export function projector<const F extends Fields>(declaration: Projector<F>): Projector<F> {
  return declaration;
}
