import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { CheckpointFiles } from "../checkpoint/checkpoint.ts";
import { type HostTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import type { Device } from "../device/device.ts";
import { type LoadedModel, loadModel } from "../model/loadModel.ts";
import type { Batch, Forward } from "../model/transformer.ts";
import { relativeError } from "../trust/check.ts";
import { batchOf, bundled, fileBytes, filesIn, fixtures, type Recording, runModel } from "./models.ts";

/** How far a real checkpoint is from what its own program computed with it. */
export interface Agreement {
  readonly quantity: string;
  readonly error: number;
  /** The largest error that is accepted, and reached where it is 0. */
  readonly tolerance: number;
}

/** Where the checkpoints lie that others trained or made; they are not ours to ship. */
const folder = path.join(bundled, "../../../shared/data/checkpoints");

// The reference files are float32 and keep six digits or more: errors are 3e-7 to 8e-7 of the largest value.
const tolerance = 5e-6;

interface RealCheckpoint {
  /** A file without which there is nothing to measure. */
  readonly needs: string;
  readonly measure: (device: Device) => Promise<readonly Agreement[]>;
}

export const realCheckpoints: Readonly<Record<string, RealCheckpoint>> = {
  "use-lite, int8 weights": { needs: path.join(bundled, "use-lite/model.safetensors"), measure: storedUseLite },
  "use-lite, float16 weights": { needs: path.join(folder, "use-lite"), measure: originalUseLite },
  stories260K: { needs: path.join(folder, "stories260K"), measure: stories },
  "gpt-nano-sort": { needs: path.join(folder, "gpt-nano-sort"), measure: sorter },
  "bert-rand-tiny": { needs: path.join(folder, "bert-rand-tiny"), measure: randomBert },
};

export function isThere({ needs }: RealCheckpoint): boolean {
  return existsSync(needs);
}

export function loadReal(name: string): Promise<LoadedModel> {
  const files = filesIn(path.join(folder, name));
  return loadModel(files.names.includes("tokenizer.json") ? files : withTokenizer(files));
}

/** Golden values of a checkpoint, as its file has them. */
export function goldenOf<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(path.join(folder, name, file), "utf8"));
}

export interface StoriesGolden {
  readonly prompt_ids: readonly number[];
  readonly logits: readonly (readonly number[])[];
  readonly greedy_ids: readonly number[];
  readonly greedy_text: string;
}

async function storedUseLite(device: Device): Promise<Agreement[]> {
  const model = await loadModel(filesIn(path.join(bundled, "use-lite")));
  const golden = new SafetensorsFile(fileBytes(path.join(fixtures, "use-lite/golden.safetensors")));
  const sentences = await embed(device, model, golden.read("ids"), golden.read("mask"));
  // Float32 sums of up to 1,536 products.
  const error = relativeError(sentences, golden.read("stored").values);
  return [{ quantity: "sentence vectors, against NumPy", error, tolerance: 1e-4 }];
}

async function originalUseLite(device: Device): Promise<Agreement[]> {
  const model = await loadReal("use-lite");
  const golden = goldenOf<{ ids: number[][]; embeddings: number[][] }>("use-lite", "golden_embeddings.json");
  const length = Math.max(...golden.ids.map((row) => row.length));
  const padded = (of: (row: readonly number[], at: number) => number) =>
    matrix(golden.ids.map((row) => Array.from({ length }, (_, at) => of(row, at))));
  const sentences = await embed(
    device,
    model,
    padded((row, at) => row[at] ?? 0),
    padded((row, at) => (at < row.length ? 1 : 0)),
  );
  // Of the vectors, which have length 1: float16 is what is left of the original's weights.
  const expected = golden.embeddings.flat();
  const error = sentences.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
  return [{ quantity: "sentence vectors, against TensorFlow.js", error, tolerance: 5e-4 }];
}

async function stories(device: Device): Promise<Agreement[]> {
  const model = await loadReal("stories260K");
  const { transformer } = model;
  const golden = goldenOf<StoriesGolden>("stories260K", "golden_forward.json");
  const scores = (ids: readonly number[]) =>
    computed(device, model, { ids: matrix([ids]), mask: matrix([ids.map(() => 1)]) }, (forward, batch) => ({
      logits: transformer.logits!(forward, transformer.hidden(forward, batch)),
    })).then((values) => values.get("logits")!);
  const error = relativeError(await scores(golden.prompt_ids), golden.logits.flat());

  // Each token is the most likely one after those before it: by induction this is what greedy decoding writes. The
  // reference loops take eight seconds for the whole story.
  const story = golden.greedy_ids.slice(0, device.kind === "cpu" ? 40 : 256);
  const { vocabularySize } = transformer;
  const all = await scores(story);
  const others = story.slice(1).filter((token, at) => {
    const own = all.subarray(at * vocabularySize, (at + 1) * vocabularySize);
    return own.indexOf(Math.max(...own)) !== token;
  });
  return [
    { quantity: "logits, against a float32 reference", error, tolerance },
    { quantity: "tokens of the greedy story that differ", error: others.length, tolerance: 0 },
  ];
}

async function sorter(device: Device): Promise<Agreement[]> {
  type Golden = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;
  const model = await loadReal("gpt-nano-sort");
  const published = goldenOf<Golden>("gpt-nano-sort", "golden_activations.json");
  const ids = { shape: [...published.idx!.shape], values: Float32Array.from(published.idx!.data) };
  const mask = { shape: ids.shape, values: new Float32Array(ids.values.length).fill(1) };
  const values = await computed(device, model, { ids, mask }, (forward, batch) => {
    const [x, block0, block1, hidden] = model.transformer.states(forward, batch);
    const logits = model.transformer.logits!(forward, hidden!);
    return { x: x!, block0: block0!, block1: block1!, ln_f: hidden!, lm_head: logits };
  });
  const errors = [...values].map(([name, own]) => relativeError(own, published[name]!.data));
  return [{ quantity: "activations of every block, and logits", error: Math.max(...errors), tolerance }];
}

async function randomBert(device: Device): Promise<Agreement[]> {
  interface Golden {
    readonly input_ids: readonly (readonly number[])[];
    readonly attention_mask: readonly (readonly number[])[];
    readonly token_type_ids: readonly (readonly number[])[];
    readonly last_hidden_state: readonly (readonly (readonly number[])[])[];
    readonly pooler_output: readonly (readonly number[])[];
  }
  const model = await loadReal("bert-rand-tiny");
  const published = goldenOf<Golden>("bert-rand-tiny", "golden_forward.json");
  const [ids, mask] = [matrix(published.input_ids), matrix(published.attention_mask)];
  const { transformer } = model;
  const inputs = { ids, mask, segments: matrix(published.token_type_ids) };
  const values = await computed(device, model, inputs, (forward, batch) => ({
    hidden: transformer.hidden(forward, batch),
    pooled: transformer.pooled!(forward, batch),
  }));
  const hidden = relativeError(values.get("hidden")!, published.last_hidden_state.flat(2));
  const pooled = relativeError(values.get("pooled")!, published.pooler_output.flat());
  const error = Math.max(hidden, pooled);
  return [{ quantity: "hidden states and the pooler, against ONNX Runtime", error, tolerance }];
}

function embed(device: Device, model: LoadedModel, ids: HostTensor, mask: HostTensor): Promise<Float32Array> {
  return computed(device, model, { ids, mask }, (forward, batch) => ({
    sentence: model.transformer.sentence(forward, batch),
  })).then((values) => Float32Array.from(values.get("sentence")!));
}

function computed(
  device: Device,
  model: LoadedModel,
  inputs: Readonly<Record<string, HostTensor>>,
  outputs: (forward: Forward, batch: Batch) => Recording["outputs"],
) {
  return runModel(device, model, {
    inputs: new Map(Object.entries(inputs)),
    record: (forward, tensors) => ({ outputs: outputs(forward, batchOf(tensors)) }),
  });
}

function matrix(rows: readonly (readonly number[])[]): HostTensor {
  return { shape: [rows.length, rows[0]!.length], values: Float32Array.from(rows.flat()) };
}

/** Some of these have no tokenizer, and need none. */
function withTokenizer(files: CheckpointFiles): CheckpointFiles {
  const tokenizer = JSON.stringify({ model: { type: "WordPiece", unk_token: "[UNK]", vocab: { "[UNK]": 0 } } });
  const bytes = new TextEncoder().encode(tokenizer).buffer as ArrayBuffer;
  return {
    names: [...files.names, "tokenizer.json"],
    read: async (file) => (file === "tokenizer.json" ? bytes : files.read(file)),
  };
}
