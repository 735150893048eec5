import { ShapeError } from "../errors.ts";
import { relativeBiasBackwardKernel, relativeBiasKernel } from "../kernels/relativeBias.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

export interface RelativeBiasOptions {
  readonly queries: number;
  readonly keys: number;
}

/**
 * A learnt number for every head and every distance from query to key, near distances by themselves and far ones in
 * buckets (Raffel et al., 2020, arXiv:1910.10683, section 2.1): what T5 adds to attention scores instead of positions.
 *
 * @param table [buckets, heads]. @param buckets [2 · reach + 1], the bucket of every distance from −reach to reach
 *   (see `relativeBuckets`); farther ones are taken as these.
 * @returns [heads, queries, keys].
 * @throws ShapeError when the table is no matrix or there is no distance in the middle of the buckets.
 */
export function relativeBias(
  tape: Tape,
  table: Tensor,
  buckets: Tensor,
  { queries, keys }: RelativeBiasOptions,
): Tensor {
  const [entries, heads] = table.shape as [number, number];
  const reach = (buckets.shape[0]! - 1) / 2;
  if (table.shape.length !== 2 || buckets.shape.length !== 1 || !Number.isInteger(reach)) {
    throw new ShapeError(
      `relativeBias: ${table.name} [${table.shape}] and ${buckets.name} [${buckets.shape}] do not go together`,
    );
  }
  const params = { heads, queries, keys, reach };
  const out = tape.tensor(`bias of ${table.name}`, [heads, queries, keys]);
  tape.dispatch(relativeBiasKernel, { tensors: { table: rowMajorOf(tape, table), buckets, out }, params });
  tape.record(out, [
    [
      table,
      (grad) => {
        const dTable = tape.tensor(`d ${table.name}`, table.shape);
        const tensors = { dOut: rowMajorOf(tape, grad), buckets, dTable };
        tape.dispatch(relativeBiasBackwardKernel, { tensors, params: { ...params, entries } });
        return dTable;
      },
    ],
  ]);
  return out;
}

/**
 * T5's buckets of the distances from −reach to reach, reach being the distance from which all share the last bucket:
 * half of the buckets hold a distance each, the others grow logarithmically.
 *
 * @param options `bothWays` gives keys ahead of the query half of the buckets, as in an encoder; otherwise they count
 *   as distance 0, as in a decoder, which never sees them.
 */
export function relativeBuckets(options: {
  readonly buckets: number;
  readonly maxDistance: number;
  readonly bothWays: boolean;
}): Float32Array {
  const { maxDistance, bothWays } = options;
  const buckets = bothWays ? Math.floor(options.buckets / 2) : options.buckets;
  const single = Math.floor(buckets / 2);
  const bucketOf = (distance: number): number => {
    if (distance < single) return distance;
    // Distances on the border of two buckets fall where float32 puts them in the implementations that models were
    // trained with: the quotient of logarithms is rounded before it is cut off.
    const share = Math.fround(Math.fround(Math.log(distance / single)) / Math.log(maxDistance / single));
    return Math.min(buckets - 1, single + Math.floor(Math.fround(share * (buckets - single))));
  };
  return Float32Array.from({ length: 2 * maxDistance + 1 }, (_, at) => {
    const distance = at - maxDistance;
    if (!bothWays) return bucketOf(Math.max(0, -distance));
    return (distance > 0 ? buckets : 0) + bucketOf(Math.abs(distance));
  });
}
