/** Lengths are padded to multiples of this, so that rows of scores stay aligned. */
const GRAIN = 8;

/**
 * The few lengths that batches are padded to: half of the batches fit the first, 85 % the second, all the last. A
 * program is recorded for each, so more of them would cost start-up for little.
 *
 * @param longest tokens of the longest row of each batch (or example). @returns ascending, 1 to 3 lengths.
 */
export function bucketLengths(longest: readonly number[], maxTokens: number): number[] {
  const sorted = [...longest].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
  const rounded = (length: number) => Math.min(Math.ceil(length / GRAIN) * GRAIN, Math.max(maxTokens, sorted.at(-1)!));
  return [...new Set([0.5, 0.85, 1].map((share) => rounded(at(share))))];
}

/** The smallest bucket that a length fits into. */
export function bucketFor(length: number, buckets: readonly number[]): number {
  return buckets.find((bucket) => bucket >= length) ?? buckets.at(-1)!;
}
