import { type ModelConfig, parseConfig } from "./config.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import { type HostTensor, SafetensorsFile } from "./safetensors.ts";
import { createTokenizer, type TextTokenizer } from "./tokenizer.ts";

/** Bytes so far, and altogether where that is known. */
export type OnProgress = (loaded: number, total?: number) => void;

/** The files of a checkpoint, wherever they lie: in the page's own origin, in the visitor's hands, on disk. */
export interface CheckpointFiles {
  /** Names of the files that there are. */
  readonly names: readonly string[];
  /** @throws CheckpointError when the file is not there or cannot be had. */
  read(file: string, onProgress?: OnProgress): Promise<ArrayBuffer>;
}

/** What a checkpoint consists of where nothing else is said. */
export const usualFiles = ["config.json", "tokenizer.json", "model.safetensors"] as const;

/** A tensor that a model reads. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A pretrained model in host memory. */
export interface Checkpoint {
  readonly config: ModelConfig;
  /** Exactly the expected tensors, by names without the prefix. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly tokenizer: TextTokenizer;
  /** What the file puts before names, such as "bert."; empty where it does not. */
  readonly prefix: string;
  readonly metadata: ReadonlyMap<string, string>;
  /** Tensors in the file that the model does not read. */
  readonly unused: readonly string[];
  /** Tensors with a value that is not a finite number. */
  readonly notFinite: readonly string[];
}

/** What whole models put before the names of their transformer's tensors. */
const prefixes: Readonly<Record<ModelConfig["family"], string>> = {
  bert: "bert.",
  roberta: "roberta.",
  distilbert: "distilbert.",
  gpt2: "transformer.",
  llama: "model.",
  t5: "transformer.",
  "use-lite": "",
};

/**
 * Masks, position numbers and rates that some versions of PyTorch models store though they are no weights, and T5's copies
 * of its embedding and a bias that it never had a use for.
 */
const buffers =
  /(^|\.)(position_ids|attn\.bias|attn\.masked_bias|rotary_emb\.inv_freq|(en|de)coder\.embed_tokens\.weight|EncDecAttention\.relative_attention_bias\.weight)$/;

/**
 * Loads config.json, tokenizer.json and model.safetensors and checks each, and all against each other.
 *
 * @param expect what a model of this configuration reads, given the names that the file has (without the prefix).
 * @param onProgress of model.safetensors.
 * @throws RefusedFileError naming the file and what is wrong with it.
 */
export async function loadCheckpoint(
  files: CheckpointFiles,
  expect: (config: ModelConfig, names: ReadonlySet<string>) => readonly ExpectedTensor[],
  onProgress?: OnProgress,
): Promise<Checkpoint> {
  const [configText, tokenizerText, weights] = await Promise.all([
    files.read("config.json").then(decoded),
    files.read("tokenizer.json").then(decoded),
    files.read("model.safetensors", onProgress),
  ]);
  const config = parseConfig(configText);
  const tokenizer = createTokenizer(tokenizerText, {
    padId: "padId" in config ? config.padId : undefined,
    endOfTextId: "endOfTextId" in config ? config.endOfTextId : undefined,
  });
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new RefusedFileError(
      "config-inconsistent",
      `tokenizer.json has ${tokenizer.vocabularySize} tokens, but config.json says that the model knows ${config.vocabularySize}`,
      "Take both files from the same checkpoint.",
    );
  }

  const file = new SafetensorsFile(weights);
  const wanted = prefixes[config.family];
  const prefix = wanted && file.names.some((name) => name.startsWith(wanted)) ? wanted : "";
  const stored = new Map(
    file.names.map((name) => [prefix && name.startsWith(prefix) ? name.slice(prefix.length) : name, name]),
  );
  const expected = expect(config, new Set(stored.keys()));
  checkTensors(file, stored, expected);

  const tensors = new Map<string, HostTensor>();
  for (const { name } of expected) tensors.set(name, file.read(stored.get(name)!));
  return {
    config,
    tensors,
    tokenizer,
    prefix,
    metadata: file.metadata,
    unused: [...stored].filter(([name]) => !tensors.has(name) && !buffers.test(name)).map(([, name]) => name),
    notFinite: [...tensors].filter(([, { values }]) => !values.every(Number.isFinite)).map(([name]) => name),
  };
}

function checkTensors(
  file: SafetensorsFile,
  stored: ReadonlyMap<string, string>,
  expected: readonly ExpectedTensor[],
): void {
  const missing = expected.filter(({ name }) => !stored.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    const others = [...stored.keys()].filter((name) => !expected.some((tensor) => tensor.name === name));
    throw new RefusedFileError(
      "tensor-missing",
      `${file.name} lacks ${missing.length} of the ${expected.length} tensors that config.json asks for: ${listed(missing)}`,
      others.length > 0
        ? `It has others: ${listed(others)}. Config and weights may belong to different models.`
        : undefined,
    );
  }
  for (const { name, shape } of expected) {
    const found = file.entries.get(stored.get(name)!)!.shape;
    if (found.join() === shape.join()) continue;
    throw new RefusedFileError(
      "tensor-shape",
      `${file.name}: ${name} is [${found.join(", ")}], but by config.json it should be [${shape.join(", ")}]`,
      "Take both files from the same checkpoint.",
    );
  }
}

function decoded(buffer: ArrayBuffer): string {
  return new TextDecoder().decode(buffer);
}
