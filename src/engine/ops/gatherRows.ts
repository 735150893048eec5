import { ShapeError } from "../errors.ts";
import { fillKernel } from "../kernels/fill.ts";
import { gatherRowsKernel, scatterAddRowsKernel } from "../kernels/gatherRows.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * Rows of a table, picked by number: an embedding. Its gradient adds rows of equal number in order, without atomics.
 *
 * @param table [entries, width]. @param ids [...], whole numbers below `entries`. @returns [..., width].
 * @throws ShapeError when the table is no matrix.
 */
export function gatherRows(tape: Tape, table: Tensor, ids: Tensor): Tensor {
  if (table.shape.length !== 2) throw new ShapeError(`gatherRows: ${table.name} [${table.shape}] is no table`);
  const [, width] = table.shape as [number, number];
  const params = { count: sizeOf(ids.shape), width };
  const out = tape.tensor(`${table.name}[${ids.name}]`, [...ids.shape, width]);
  const picked = rowMajorOf(tape, ids);
  tape.dispatch(gatherRowsKernel, { tensors: { table: rowMajorOf(tape, table), ids: picked, out }, params });
  tape.record(out, [[table, (grad) => scattered(tape, table, picked, grad)]]);
  return out;
}

/** The gradient of a table [entries, width] of which rows were picked by `ids`, without gaps, from that of the rows. */
export function scattered(tape: Tape, table: Tensor, ids: Tensor, grad: Tensor): Tensor {
  const out = tape.tensor(`d ${table.name}`, table.shape);
  tape.dispatch(fillKernel, { tensors: { out }, params: { length: sizeOf(table.shape), value: 0 } });
  tape.dispatch(scatterAddRowsKernel, {
    tensors: { values: rowMajorOf(tape, grad), ids, out },
    params: { count: sizeOf(ids.shape), width: table.shape[1]! },
  });
  return out;
}
