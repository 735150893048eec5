import type { HostTensor } from "../checkpoint/safetensors.ts";
import { type UpdatePair, updateOf } from "./updates.ts";

/**
 * The tensors of a checkpoint with updates added to its weights: W + B · A, summed in float64.
 *
 * @param tensors by the names that the model reads, such as "h.0.attn.c_attn.weight".
 * @returns all of them; those without an update are the same objects.
 */
export function mergedTensors(
  tensors: ReadonlyMap<string, HostTensor>,
  pairs: readonly UpdatePair[],
): ReadonlyMap<string, HostTensor> {
  const merged = new Map(tensors);
  for (const pair of pairs) {
    const { weight, storedInByOut, inFeatures, outFeatures } = pair.layer;
    const { shape, values } = tensors.get(weight)!;
    const update = updateOf(pair);
    const sum = Float32Array.from(values, (value, at) => {
      // GPT-2 stores W as [in, out]; the update is [out, in].
      const place = storedInByOut ? (at % outFeatures) * inFeatures + Math.floor(at / outFeatures) : at;
      return value + update[place]!;
    });
    merged.set(weight, { shape, values: sum });
  }
  return merged;
}
