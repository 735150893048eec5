import type { UpdatePair } from "../export/updates.ts";

/** ΔW [out, in] of a pair, row-major, as a whole. */
export function updateOf({ layer, rank, A, B }: UpdatePair): Float64Array {
  const { inFeatures, outFeatures } = layer;
  const update = new Float64Array(outFeatures * inFeatures);
  for (let row = 0; row < outFeatures; row++) {
    for (let inner = 0; inner < rank; inner++) {
      const factor = B[row * rank + inner]!;
      for (let col = 0; col < inFeatures; col++)
        update[row * inFeatures + col]! += factor * A[inner * inFeatures + col]!;
    }
  }
  return update;
}
