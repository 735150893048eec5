import { checkpointIn } from "../../../src/engine/checkpoint/folder.ts";
import { readPooling } from "../../../src/engine/checkpoint/pooling.ts";
import { damaged } from "../bytes.ts";
import { damagedJson } from "../json.ts";
import type { Target } from "../target.ts";

const of = (type: string, path: string) => ({ idx: 0, name: "0", path, type: `sentence_transformers.models.${type}` });
const lists = [
  [of("Transformer", ""), of("Pooling", "1_Pooling"), of("Normalize", "2_Normalize")],
  [of("Transformer", "0_Transformer"), of("Pooling", "1_Pooling"), of("Dense", "2_Dense")],
];
const poolings = [
  { word_embedding_dimension: 8, pooling_mode_cls_token: true, pooling_mode_mean_tokens: false },
  { pooling_mode_max_tokens: true, pooling_mode_mean_tokens: true, pooling_mode_lasttoken: false },
  { pooling_mode: "cls", include_prompt: true },
];
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const target: Target = {
  file: "",

  input(random) {
    const one = (seeds: readonly object[]) =>
      random.once(3) ? JSON.stringify(random.of(seeds)) : damagedJson(random.of(seeds), random);
    const bytes = encoder.encode(`${one(lists)}\0${one(poolings)}`);
    return random.once(6) ? damaged(bytes, random) : bytes;
  },

  /** What is read lies among the files that there are, once each, and makes vectors in a way that there is. */
  async run(bytes) {
    const [list = "", pooling = ""] = decoder.decode(bytes).split("\0");
    const own = ["config.json", "tokenizer.json", "model.safetensors"];
    const names = [...own, ...own.map((name) => `0_Transformer/${name}`), "modules.json", "1_Pooling/config.json"];
    const read = async (name: string) => encoder.encode(name === "modules.json" ? list : pooling).buffer;
    const files = await checkpointIn({ names, read });
    if (new Set(files.names).size !== files.names.length || files.names.some((name) => !names.includes(name)))
      throw new TypeError(`read would be ${files.names}`);
    const ways = (await readPooling(files)) ?? ["mean"];
    if (ways.length === 0 || ways.some((way) => !["cls", "max", "mean", "lasttoken"].includes(way)))
      throw new TypeError(`vectors would be made by ${ways}`);
  },
};
