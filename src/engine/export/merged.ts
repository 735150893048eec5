import type { HostTensor } from "../checkpoint/safetensors.ts";
import { type ReplacedWeight, type UpdatePair, updateOf } from "./updates.ts";

/**
 * The tensors of a checkpoint as training has left it: W + B · A, summed in float64, or W′ in W's place.
 *
 * @param tensors by the names that the model reads, such as "h.0.attn.c_attn.weight".
 * @returns all of them; those without an update are the same objects.
 */
export function mergedTensors(
  tensors: ReadonlyMap<string, HostTensor>,
  updates: readonly (UpdatePair | ReplacedWeight)[],
): ReadonlyMap<string, HostTensor> {
  const merged = new Map(tensors);
  for (const update of updates) {
    const { weight, storedInByOut, inFeatures, outFeatures } = update.layer;
    const { shape, values } = tensors.get(weight)!;
    const isAdded = "A" in update;
    const change = isAdded ? updateOf(update) : update.weight;
    const sum = Float32Array.from(values, (value, at) => {
      // GPT-2 stores W as [in, out]; the change is [out, in].
      const place = storedInByOut ? (at % outFeatures) * inFeatures + Math.floor(at / outFeatures) : at;
      return isAdded ? value + change[place]! : change[place]!;
    });
    merged.set(weight, { shape, values: sum });
  }
  return merged;
}
