import { RandomStream } from "../random/stream.ts";

/** Stream numbers of a seed that decide which examples are used, and in which order. */
const SUBSET = 100;
const ORDER = 1_000_000;

/**
 * Numbers of the examples of a few-shot subset, drawn without replacement. Subsets of one seed are nested: the first
 * 16 of the 64 are the 16. Where fewer than `shots` exist, all are taken.
 */
export function drawSubset(count: number, shots: number | "all", seed: number): number[] {
  const order = new RandomStream(seed, SUBSET).permutation(count);
  return shots === "all" ? order : order.slice(0, shots);
}

/**
 * Positions in the subset that a step trains on. Every epoch is a permutation of its own and batches follow each
 * other without regard to its end, so every batch is full and every example comes once an epoch. A pure function: a
 * run can begin anywhere.
 */
export function batchIndices(count: number, batchSize: number, step: number, seed: number): number[] {
  const epochs = new Map<number, readonly number[]>();
  return Array.from({ length: batchSize }, (_, at) => {
    const position = step * batchSize + at;
    const epoch = Math.floor(position / count);
    const order = epochs.get(epoch) ?? new RandomStream(seed, ORDER + epoch).permutation(count);
    epochs.set(epoch, order);
    return order[position % count]!;
  });
}

/** A batch as the equal parts in which it is computed, in order. @param micro-batches divides its size. */
export function inMicroBatches<T>(batch: readonly T[], microBatches: number): T[][] {
  const size = batch.length / microBatches;
  return Array.from({ length: microBatches }, (_, microBatch) =>
    batch.slice(microBatch * size, (microBatch + 1) * size),
  );
}
