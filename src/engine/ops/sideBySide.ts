import { ShapeError } from "../errors.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Matrices [rows, width] of one shape beside each other. @returns [rows, parts · width]. @throws ShapeError */
export function sideBySide(tape: Tape, parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (first?.shape.length !== 2 || parts.some(({ shape }) => shape.join() !== first.shape.join())) {
    throw new ShapeError(`sideBySide: ${parts.map(({ name, shape }) => `${name} [${shape}]`).join(", ")} do not fit`);
  }
  if (parts.length === 1) return first;
  const [rows, width] = first.shape as [number, number];
  const strides = [parts.length * width, 1];
  const out = tape.tensor(`${first.name} and others`, [rows, parts.length * width]);
  const window = (of: Tensor, at: number) => tape.view(of, { shape: [rows, width], strides, offset: at * width });
  for (const [at, part] of parts.entries()) tape.copy(part, window(out, at));
  tape.record(
    out,
    parts.map((part, at) => [part, (grad) => window(rowMajorOf(tape, grad), at)] as const),
  );
  return out;
}
