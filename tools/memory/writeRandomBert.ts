import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { readFields } from "../../src/engine/checkpoint/config/fields.ts";
import { readConfig } from "../../src/engine/checkpoint/config.ts";
import { packed } from "../../src/engine/kernels/formats.ts";
import { transformerOf } from "../../src/engine/model/loadModel.ts";
import type { ModelTensor } from "../../src/engine/model/transformer.ts";
import { RandomStream } from "../../src/engine/random/stream.ts";

export const dtypes = ["F32", "F16", "BF16"] as const;

/** What of config.json makes a BERT as large as it is. */
export interface BertSize {
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
}

export const sizes: ReadonlyMap<string, BertSize> = new Map([
  // Devlin et al. 2019, arXiv:1810.04805.
  ["base", bert(768, 12, 12, 3072, 30_522, 512)],
  ["tiny", bert(64, 4, 2, 128, 1000, 64)],
]);

function bert(width: number, layers: number, heads: number, inner: number, words: number, length: number): BertSize {
  return {
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: inner,
    vocab_size: words,
    max_position_embeddings: length,
  };
}

/** Standard deviation of matrices and embeddings. */
const DEVIATION = 0.02;

/** Numbers that are held at once. */
const STRETCH = 2 ** 18;

/** Writes config.json, vocab.txt and model.safetensors, whose values are written as they are drawn. @returns bytes of the last. */
export function writeRandomBert(
  folder: string,
  { size, dtype, seed }: { readonly size: BertSize; readonly dtype: (typeof dtypes)[number]; readonly seed: number },
): number {
  mkdirSync(folder, { recursive: true });
  const config = {
    architectures: ["BertModel"],
    model_type: "bert",
    ...size,
    type_vocab_size: 2,
    hidden_act: "gelu",
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
    position_embedding_type: "absolute",
  };
  const text = `${JSON.stringify(config, undefined, 2)}\n`;
  writeFileSync(path.join(folder, "config.json"), text);
  writeFileSync(path.join(folder, "vocab.txt"), `${vocabulary(size.vocab_size).join("\n")}\n`);
  const { tensors } = transformerOf(readConfig(readFields(text, "config.json")), new Set(["pooler.dense.weight"]));
  const file = openSync(path.join(folder, "model.safetensors"), "w");
  try {
    const header = headerOf(tensors, dtype);
    let bytes = writeSync(file, header);
    for (const [at, tensor] of tensors.entries()) {
      const stream = new RandomStream(seed, at);
      for (let left = elements(tensor); left > 0; left -= STRETCH) {
        const values = stretch(tensor, stream, Math.min(left, STRETCH));
        const stored =
          dtype === "F32" ? Float32Array.from(values) : packed(values, dtype === "F16" ? "float16" : "bfloat16");
        bytes += writeSync(file, new Uint8Array(stored.buffer));
      }
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function elements({ shape }: ModelTensor): number {
  return shape.reduce((product, size) => product * size, 1);
}

function stretch({ name, shape }: ModelTensor, stream: RandomStream, count: number): Float64Array {
  if (shape.length > 1) return stream.normals(count).map((value) => DEVIATION * value);
  return new Float64Array(count).fill(name.endsWith("bias") ? 0 : 1);
}

function headerOf(tensors: readonly ModelTensor[], dtype: (typeof dtypes)[number]): Uint8Array {
  let end = 0;
  const entries = tensors.map((tensor) => {
    const begin = end;
    end += (dtype === "F32" ? 4 : 2) * elements(tensor);
    return [tensor.name, { dtype, shape: tensor.shape, data_offsets: [begin, end] }];
  });
  const json = JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) });
  const padded = new TextEncoder().encode(json.padEnd(8 * Math.ceil(json.length / 8)));
  const bytes = new Uint8Array(8 + padded.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded.length), true);
  bytes.set(padded, 8);
  return bytes;
}

/** Special tokens, letters within and at the beginning of words, then syllables. */
function vocabulary(count: number): string[] {
  const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789.,!?'-"];
  const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...letters, ...letters.map((letter) => `##${letter}`)];
  const consonants = [..."bcdfghjklmnprstvwz"];
  const syllables = consonants.flatMap((one) => [..."aeiou"].map((vowel) => one + vowel));
  for (let at = 0; words.length < count; at++) {
    let word = "";
    for (let rest = at + syllables.length; rest > 0; rest = Math.floor(rest / syllables.length))
      word += syllables[rest % syllables.length];
    words.push(word);
  }
  return words.slice(0, count);
}
