import fc from "fast-check";
import { expect, test } from "vitest";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { partsOf } from "../checkpoint/safetensors.ts";
import { RandomStream } from "../random/stream.ts";
import { updateOf } from "../testing/updates.ts";
import { bytesHeld } from "../testing/watchedFiles.ts";
import { mergedTensors } from "./merged.ts";
import type { ReplacedWeight, UpdatePair } from "./updates.ts";

const layerOf = (inFeatures: number, outFeatures: number, storedInByOut = false) => ({
  ...{ id: "0", weight: "w", bias: "b", inFeatures, outFeatures, storedInByOut, kind: "query" as const },
});

/** A tensor that is read in stretches of so many numbers, into an array that the next one overwrites. */
function stored(shape: readonly number[], values: Float32Array, stretch: number): HostTensor {
  return {
    shape,
    get values() {
      return values.slice();
    },
    async *parts() {
      const room = new Float32Array(stretch);
      for (let from = 0; from < values.length; from += stretch) {
        const part = values.subarray(from, from + stretch);
        room.set(part);
        yield [from, room.subarray(0, part.length)];
      }
    },
  };
}

test("a weight is merged in float64 and rounded once, however it is stored and read", async () => {
  const size = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({ into: size, out: size, rank: size, stretch: fc.integer({ min: 1, max: 40 }), seed: fc.nat(999) }),
      fc.boolean(),
      fc.boolean(),
      async ({ into, out, rank, stretch, seed }, storedInByOut, isPair) => {
        const normals = (key: number, count: number) => new RandomStream(seed, key).normals(count);
        const layer = layerOf(into, out, storedInByOut);
        const pair: UpdatePair = { layer, rank, A: normals(1, rank * into), B: normals(2, out * rank) };
        const whole: ReplacedWeight = { layer, weight: normals(3, out * into) };
        const base = Float32Array.from(normals(4, out * into));
        const shape = storedInByOut ? [into, out] : [out, into];
        const tensors = new Map([["w", stored(shape, base, stretch)]]);
        const merged = mergedTensors(tensors, [isPair ? pair : whole]).get("w")!;
        const delta = updateOf(pair);
        const expected = Float32Array.from(base, (value, at) => {
          const place = storedInByOut ? (at % out) * into + Math.floor(at / out) : at;
          return isPair ? value + delta[place]! : whole.weight[place]!;
        });
        expect(merged.shape).toEqual(shape);
        expect(merged.values).toEqual(expected);
        const read = new Float32Array(base.length);
        for await (const [from, values] of partsOf(merged)) read.set(values, from);
        expect(read).toEqual(expected);
      },
    ),
  );
});

test("merging holds stretches of what it makes, and nothing of what changes it", async () => {
  const [into, out, stretch] = [1024, 4096, 2 ** 16];
  const layer = layerOf(into, out);
  const pair: UpdatePair = { layer, rank: 4, A: new Float64Array(4 * into).fill(1), B: new Float64Array(4 * out) };
  const base = stored([out, into], new Float32Array(out * into), stretch);
  const names = Array.from({ length: 4 }, (_, at) => `w${at}`);
  const updates = names.map((weight) => ({ ...pair, layer: { ...layer, weight } }));
  const merged = mergedTensors(new Map(names.map((name) => [name, base])), updates);
  const before = bytesHeld();
  let most = 0;
  const rooms = new Set<ArrayBufferLike>();
  for (const name of names) {
    for await (const [from, values] of partsOf(merged.get(name)!)) {
      rooms.add(values.buffer);
      if (from % (16 * stretch) === 0) most = Math.max(most, bytesHeld() - before);
    }
  }
  // Of W, or of ΔW in float64, that is a quarter and an eighth.
  expect(most).toBeLessThan(into * out);
  expect(rooms.size).toBe(1);
});
