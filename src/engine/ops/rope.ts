import { ShapeError } from "../errors.ts";
import { ropeKernel } from "../kernels/rope.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { bindable, type Tensor } from "./tensor.ts";

/**
 * Rotary positions (Su et al., 2021, arXiv:2104.09864): features i and i + width/2 of every head are turned by the
 * angle position · θ^(−2i / width), which `table` holds (see `rotaryTable`). Positions count from 0 in every row.
 *
 * @param x [rows, heads, length, width], placed by any strides that leave features next to each other.
 * @param table [positions, width]: cosines of a position's angles, then their sines. Constant.
 * @returns [rows, heads, length, width], row-major.
 * @throws ShapeError when the width is odd, features lie apart, or the table has too few positions.
 */
export function rope(tape: Tape, x: Tensor, table: Tensor): Tensor {
  const [, , length, width] = x.shape as [number, number, number, number];
  if (x.shape.length !== 4 || width % 2 !== 0 || x.strides[3] !== 1) {
    throw new ShapeError(`rope: ${x.name} [${x.shape}] is no [rows, heads, length, even width] with adjacent features`);
  }
  if (table.shape[1] !== width || table.shape[0]! < length) {
    throw new ShapeError(`rope: ${table.name} [${table.shape}] has no ${length} positions of width ${width}`);
  }
  const out = tape.tensor(`rope(${x.name})`, x.shape);
  turn(tape, x, table, out, false);
  tape.record(out, [
    [
      x,
      (grad) => {
        const dX = tape.tensor(`d ${x.name}`, x.shape, x.strides);
        turn(tape, rowMajorOf(tape, grad), table, dX, true);
        return dX;
      },
    ],
  ]);
  return out;
}

/**
 * The table that `rope` reads.
 *
 * @param theta base of the angles' rates θ^(−2i / width).
 * @returns [positions, width], row-major.
 */
export function rotaryTable(positions: number, width: number, theta: number): Float32Array {
  const half = width / 2;
  const table = new Float32Array(positions * width);
  for (let position = 0; position < positions; position++) {
    for (let pair = 0; pair < half; pair++) {
      const angle = position * theta ** (-pair / half);
      table[position * width + pair] = Math.cos(angle);
      table[position * width + half + pair] = Math.sin(angle);
    }
  }
  return table;
}

function turn(tape: Tape, from: Tensor, table: Tensor, to: Tensor, inverse: boolean): void {
  const [rows, heads, length, width] = from.shape as [number, number, number, number];
  const source = bindable(from);
  tape.dispatch(ropeKernel, {
    tensors: { input: source.tensor, table, out: to },
    params: {
      rows,
      heads,
      length,
      width,
      inputOffset: source.offset,
      inputRow: from.strides[0]!,
      inputHead: from.strides[1]!,
      inputPosition: from.strides[2]!,
      outRow: to.strides[0]!,
      outHead: to.strides[1]!,
      outPosition: to.strides[2]!,
    },
    flags: { inverse },
  });
}
