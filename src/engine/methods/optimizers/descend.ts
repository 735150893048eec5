import { descendKernel } from "../../kernels/descend.ts";
import type { Tape } from "../../ops/tape.ts";
import { sizeOf, type Tensor } from "../../ops/tensor.ts";
import type { OptimizedParameter, StepInputs } from "./optimizer.ts";

/** How a kernel walks a stack of matrices. */
export function stackOf({ shape, strides }: Tensor) {
  return { count: shape[0]!, size: sizeOf(shape.slice(1)), stride: strides[0]! };
}

/** Records a step of a stack against a direction of its layout, with decoupled decay. */
export function descend(
  tape: Tape,
  { value, rate, weightDecay }: Pick<OptimizedParameter, "value" | "rate" | "weightDecay">,
  { direction, scale }: { readonly direction: Tensor; readonly scale: number },
  { stepScalars, clip }: StepInputs,
): void {
  tape.dispatch(descendKernel, {
    tensors: { direction, stepScalars, clip, parameters: value },
    params: { ...stackOf(value), rate, scale, decay: weightDecay },
  });
}
