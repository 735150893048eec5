import { shardsOf } from "../../../src/engine/checkpoint/shardIndex.ts";
import { damaged } from "../bytes.ts";
import { damagedJson } from "../json.ts";
import type { Target } from "../target.ts";

const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "config.json"];
const seed = {
  metadata: { total_size: 24 },
  weight_map: { "a.weight": names[0], "a.bias": names[0], "b.weight": names[1], "b.bias": names[1] },
};
const decoder = new TextDecoder();
const encoder = new TextEncoder();

export const target: Target = {
  file: "model.safetensors.index.json",

  input(random) {
    const bytes = encoder.encode(damagedJson(seed, random));
    return random.once(6) ? damaged(bytes, random) : bytes;
  },

  /** Only files that are there are ever asked for. */
  run(bytes) {
    const { shards, placed } = shardsOf(decoder.decode(bytes), names);
    if (![...shards, ...placed.values()].every((shard) => names.includes(shard)))
      throw new TypeError(`asks for ${shards}`);
    return placed;
  },
};
