import { type HostTensor, partsOf } from "../checkpoint/safetensors.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { ReplacedWeight, UpdatePair } from "./updates.ts";

/**
 * The tensors of a checkpoint as training has left it: W + B · A, summed in float64, or W′ in W's place. A sum is made
 * whenever it is asked for, a row of ΔW at a time, and is kept nowhere.
 *
 * @param tensors by the names that the model reads, such as "h.0.attn.c_attn.weight".
 * @returns all of them; those without an update are the same objects.
 */
export function mergedTensors(
  tensors: ReadonlyMap<string, HostTensor>,
  updates: readonly (UpdatePair | ReplacedWeight)[],
): ReadonlyMap<string, HostTensor> {
  const merged = new Map(tensors);
  const rooms = new Rooms();
  for (const update of updates) {
    const { weight } = update.layer;
    merged.set(weight, new MergedTensor(tensors.get(weight)!, update, rooms));
  }
  return merged;
}

/** Arrays that stretches are computed in, one after the other: new ones would pile up until they are collected. */
class Rooms {
  readonly #free: Float32Array<ArrayBuffer>[] = [];

  take(length: number): Float32Array<ArrayBuffer> {
    const room = this.#free.pop();
    return room && room.length >= length ? room : new Float32Array(length);
  }

  giveBack(room: Float32Array<ArrayBuffer>): void {
    this.#free.push(room);
  }
}

class MergedTensor implements HostTensor {
  readonly shape: readonly number[];
  readonly #base: HostTensor;
  readonly #update: UpdatePair | ReplacedWeight;
  readonly #rooms: Rooms;

  constructor(base: HostTensor, update: UpdatePair | ReplacedWeight, rooms: Rooms) {
    this.shape = base.shape;
    this.#base = base;
    this.#update = update;
    this.#rooms = rooms;
  }

  get values(): Float32Array {
    const { values } = this.#base;
    const out = new Float32Array(values.length);
    this.#change(values, 0, out);
    return out;
  }

  async *parts(): AsyncGenerator<readonly [from: number, values: Float32Array]> {
    let room = new Float32Array(0);
    try {
      for await (const [from, values] of partsOf(this.#base)) {
        if (room.length < values.length) room = this.#rooms.take(values.length);
        const out = room.subarray(0, values.length);
        this.#change(values, from, out);
        yield [from, out];
      }
    } finally {
      this.#rooms.giveBack(room);
    }
  }

  /** Writes what becomes of values of the base, of which the first lies at `from`. */
  #change(values: Float32Array, from: number, out: Float32Array): void {
    const update = this.#update;
    const width = widthOf(update.layer);
    const row = new Float64Array(width);
    for (let at = 0; at < values.length; ) {
      const place = from + at;
      const column = place % width;
      const count = Math.min(width - column, values.length - at);
      if ("A" in update) {
        storedRow(update, Math.floor(place / width), row);
        for (let each = 0; each < count; each++) out[at + each] = values[at + each]! + row[column + each]!;
      } else replaced(update, place, out.subarray(at, at + count));
      at += count;
    }
  }
}

/** Numbers in a row of W as it is stored: GPT-2 has it as [in, out]. */
function widthOf({ storedInByOut, inFeatures, outFeatures }: LinearLayer): number {
  return storedInByOut ? outFeatures : inFeatures;
}

/** A row of ΔW as W is stored. */
function storedRow({ layer, rank, A, B }: UpdatePair, index: number, row: Float64Array): void {
  const { storedInByOut, inFeatures } = layer;
  row.fill(0);
  for (let inner = 0; inner < rank; inner++) {
    if (storedInByOut) {
      const factor = A[inner * inFeatures + index]!;
      for (let at = 0; at < row.length; at++) row[at]! += B[at * rank + inner]! * factor;
    } else {
      const factor = B[index * rank + inner]!;
      for (let at = 0; at < row.length; at++) row[at]! += factor * A[inner * inFeatures + at]!;
    }
  }
}

/** Numbers of W′ [out, in] that lie at `place` where W is stored, and in the row that it begins. */
function replaced({ layer, weight }: ReplacedWeight, place: number, out: Float32Array): void {
  const { storedInByOut, inFeatures, outFeatures } = layer;
  const [row, column] = [Math.floor(place / outFeatures), place % outFeatures];
  for (let at = 0; at < out.length; at++)
    out[at] = weight[storedInByOut ? (column + at) * inFeatures + row : place + at]!;
}
