import type { Kernel } from "../kernels/kernel.ts";
import type { Tensor } from "./tensor.ts";

/** A dispatch whose tensors may still be without memory. */
export interface RecordedDispatch {
  readonly kernel: Kernel;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly params: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  /** Set on a copy that is nothing but a move, from where a result was computed to where it belongs. */
  readonly delivery?: { readonly from: Tensor; readonly to: Tensor };
  /** Set where what is computed is kept in 16 bits for whoever reads it later; see `storedHalves`. */
  readonly halved?: true;
  /** Set on what is to run as soon as all that it reads is there, together with others of the same number. */
  readonly early?: number;
  /** How many dispatches it stands for where `storedHalves` counts them, if not one. */
  readonly counts?: number;
  /** Counts the blocks that are computed again: what belongs to one does not wait for another. */
  readonly segment?: number;
}

/** The dispatch as one that does what took so many more, so that the same is kept in 16 bits and runs repeat to the bit. */
export function standingFor(dispatch: RecordedDispatch, more: number): RecordedDispatch {
  return { ...dispatch, counts: (dispatch.counts ?? 1) + more };
}
