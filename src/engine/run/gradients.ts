import type { StepInputs, Tensors } from "../methods/optimizers/optimizer.ts";
import { rowMajorOf } from "../ops/layout.ts";
import type { Tape } from "../ops/tape.ts";
import { stacked, type Tensor } from "../ops/tensor.ts";
import type { Digests, Parameter, ParameterArena } from "./arena.ts";
import { squaresOf } from "./globalNormClip.ts";

/** What of a parameter gradients are wanted of: each matrix by itself where they have no place that keeps them together. */
export function watchedOf(tape: Tape, { value, gradient }: Parameter): Tensor[] {
  if (gradient) return [value];
  return Array.from({ length: value.shape[0]! }, (_, at) => tape.slice(value, at));
}

/** @param to laid out as the arena's gradients. @returns as `Tape.backward`. */
export function recordGradients(
  tape: Tape,
  arena: ParameterArena,
  loss: Tensor,
  to: Tensor = arena.gradients,
): ReadonlyMap<Tensor, Tensor> {
  const gradients = tape.backward(new Map([[loss, tape.one]]));
  for (const { value, gradient } of arena) {
    const found = gradient && gradients.get(value);
    if (found) tape.deliver(found, { ...gradient, storage: to.storage });
  }
  return gradients;
}

/** A parameter's gradient, or those of its matrices; zeros where none came. @param found as `Tape.backward`. */
export function gradientsOf(tape: Tape, parameter: Parameter, found: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  if (parameter.gradient) return [parameter.gradient];
  return watchedOf(tape, parameter).map((matrix) => {
    const { shape } = matrix;
    return found.get(matrix) ?? { ...tape.zero, shape, strides: shape.map(() => 0) };
  });
}

/**
 * Records what optimizers make of gradients before their norm is known: of those that have no place of their own, each matrix
 * as soon as it is complete.
 *
 * @param found as `Tape.backward`. @returns it, with the sums of squares of what is given up then.
 */
export function recordDigests(
  tape: Tape,
  arena: ParameterArena,
  step: Pick<StepInputs, "stepScalars"> & { readonly refreshes: boolean },
  found: ReadonlyMap<Tensor, Tensor> = new Map(),
): { digests: Digests; squares: Tensor[] } {
  const digests = new Map<string, Tensors>();
  const squares: Tensor[] = [];
  for (const { optimizer, settings, parameters } of arena.segments) {
    const { digest } = optimizer;
    if (!digest) continue;
    for (const [index, { name, state }] of parameters.entries()) {
      const parameter = arena.get(name);
      const count = parameter.value.shape[0]!;
      const make = (gradient: Tensor, from: number) => {
        const part = partAt(tape, from, gradient.shape[0]!);
        const own = Object.fromEntries(Object.entries(state).map(([key, stack]) => [key, part(stack)]));
        return digest.record(tape, { gradient, state: own, index, from, count }, step, settings);
      };
      if (parameter.gradient) {
        digests.set(name, make(parameter.gradient, 0));
        continue;
      }
      const whole: Record<string, Tensor> = {};
      for (const [from, gradient] of gradientsOf(tape, parameter, found).entries()) {
        tape.early(() => {
          squares.push(squaresOf(tape, rowMajorOf(tape, gradient)));
          const one = { ...gradient, shape: [1, ...gradient.shape], strides: [0, ...gradient.strides] };
          for (const [key, made] of Object.entries(make(one, from))) {
            const shape = [count, ...made.shape.slice(1)];
            whole[key] ??= tape.tensor(`${key} of ${name}`, shape, stacked(shape));
            tape.deliver(made, partAt(tape, from, 1)(whole[key]));
          }
        });
      }
      digests.set(name, whole);
    }
  }
  return { digests, squares };
}

/** Takes matrices out of stacks. */
function partAt(tape: Tape, from: number, count: number): (stack: Tensor) => Tensor {
  return (stack) =>
    tape.view(stack, {
      shape: [count, ...stack.shape.slice(1)],
      strides: stack.strides,
      offset: from * stack.strides[0]!,
    });
}
