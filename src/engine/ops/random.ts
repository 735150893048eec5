import type { Kernel } from "../kernels/kernel.ts";
import { randomNormalKernel, randomUniformKernel } from "../kernels/random.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** Uniform random numbers on (0, 1). @param stepScalars [64], which gives seed and step. @param stream keeps draws apart. */
export function randomUniform(
  tape: Tape,
  shape: readonly number[],
  stepScalars: Tensor,
  options: { readonly stream: number },
): Tensor {
  return drawn(tape, randomUniformKernel, shape, stepScalars, options);
}

/** Standard normal random numbers. @param stepScalars [64], which gives seed and step. @param stream keeps draws apart. */
export function randomNormal(
  tape: Tape,
  shape: readonly number[],
  stepScalars: Tensor,
  options: { readonly stream: number },
): Tensor {
  return drawn(tape, randomNormalKernel, shape, stepScalars, options);
}

function drawn(
  tape: Tape,
  kernel: Kernel,
  shape: readonly number[],
  stepScalars: Tensor,
  { stream }: { readonly stream: number },
): Tensor {
  const out = tape.tensor(kernel.name, shape);
  tape.dispatch(kernel, { tensors: { stepScalars, out }, params: { length: sizeOf(shape), stream } });
  return out;
}
