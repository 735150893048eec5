import { type HostTensor, partsOf } from "../checkpoint/safetensors.ts";
import { type ReplacedWeight, type UpdatePair, updateOf } from "./updates.ts";

/**
 * The tensors of a checkpoint as training has left it: W + B · A, summed in float64, or W′ in W's place. A sum is made
 * whenever it is asked for, and is kept nowhere.
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
    const { weight } = update.layer;
    merged.set(weight, new MergedTensor(tensors.get(weight)!, update));
  }
  return merged;
}

class MergedTensor implements HostTensor {
  readonly shape: readonly number[];
  readonly #base: HostTensor;
  readonly #update: UpdatePair | ReplacedWeight;

  constructor(base: HostTensor, update: UpdatePair | ReplacedWeight) {
    this.shape = base.shape;
    this.#base = base;
    this.#update = update;
  }

  get values(): Float32Array {
    return this.#changes()(this.#base.values, 0);
  }

  async *parts(): AsyncGenerator<readonly [from: number, values: Float32Array]> {
    const changed = this.#changes();
    for await (const [from, values] of partsOf(this.#base)) yield [from, changed(values, from)];
  }

  /** What changes values of the base, of which the first lies at `from`. */
  #changes(): (values: Float32Array, from: number) => Float32Array {
    const { storedInByOut, inFeatures, outFeatures } = this.#update.layer;
    const isAdded = "A" in this.#update;
    const change = "A" in this.#update ? updateOf(this.#update) : this.#update.weight;
    return (values, from) =>
      Float32Array.from(values, (value, index) => {
        const at = from + index;
        // GPT-2 stores W as [in, out]; the change is [out, in].
        const place = storedInByOut ? (at % outFeatures) * inFeatures + Math.floor(at / outFeatures) : at;
        return isAdded ? value + change[place]! : change[place]!;
      });
  }
}
