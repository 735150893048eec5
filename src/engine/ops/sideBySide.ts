import { ShapeError } from "../errors.ts";
import type { Tape } from "./tape.ts";
import { stacked, type Tensor } from "./tensor.ts";

/**
 * Matrices [rows, width] of one shape beside each other, or stacks of them.
 *
 * @returns [rows, parts · width], or [count, rows, parts · width] stacked.
 * @throws ShapeError
 */
export function sideBySide(tape: Tape, parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  const isMatrix = first?.shape.length === 2;
  if (!(isMatrix || first?.shape.length === 3) || parts.some(({ shape }) => shape.join() !== first.shape.join())) {
    throw new ShapeError(`sideBySide: ${parts.map(({ name, shape }) => `${name} [${shape}]`).join(", ")} do not fit`);
  }
  if (parts.length === 1) return first;
  const width = first.shape.at(-1)!;
  const shape = [...first.shape.slice(0, -1), parts.length * width];
  const out = tape.tensor(`${first.name} and others`, shape, isMatrix ? [shape[1]!, 1] : stacked(shape));
  const window = (of: Tensor, at: number) =>
    tape.view(of, { shape: first.shape, strides: of.strides, offset: at * width * of.strides.at(-1)! });
  for (const [at, part] of parts.entries()) tape.copy(part, window(out, at));
  tape.record(
    out,
    parts.map((part, at) => [part, (grad) => window(grad, at)] as const),
  );
  return out;
}
