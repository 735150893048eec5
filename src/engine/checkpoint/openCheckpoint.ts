import { readFields } from "./config/fields.ts";
import { type ModelConfig, readConfig } from "./config.ts";
import { type CheckpointFiles, type OnProgress, readText } from "./files.ts";
import { type Expect, type ExpectedTensor, resolveNames } from "./names.ts";
import { readPooling } from "./pooling.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import { floatTypes } from "./safetensors.ts";
import { quantisationIn, refuseAdapter, refuseQuantised } from "./storedAs.ts";
import type { TextTokenizer } from "./tokenizer.ts";
import { readTokenizer } from "./tokenizerFiles.ts";
import { setAsideWarnings, unusedWarnings, type Warning } from "./warnings.ts";
import { openWeights, type Weights } from "./weights.ts";

/** A checkpoint whose config, tokenizer and headers have been read, but none of its weights. */
export interface OpenedCheckpoint {
  readonly config: ModelConfig;
  readonly tokenizer: TextTokenizer;
  readonly weights: Weights;
  /** What the files put before names, such as "bert."; empty where they do not. */
  readonly prefix: string;
  readonly expected: readonly ExpectedTensor[];
  /** Names in the files by names without the prefix. */
  readonly stored: ReadonlyMap<string, string>;
  /** Names in the files that must hold the same values as an expected tensor. */
  readonly copies: ReadonlyMap<string, string>;
  readonly comparison: Comparison;
  /** What is odd about all of this. */
  readonly warnings: readonly Warning[];
}

/** How the tensors that there are differ from those that a model reads; names are without the prefix. */
export interface Comparison {
  readonly missing: readonly string[];
  readonly misshaped: readonly (ExpectedTensor & { readonly found: readonly number[] })[];
  /** Weights stored as whole numbers that mean nothing by themselves, or in a format that is not read. */
  readonly unreadable: readonly { readonly name: string; readonly dtype: string }[];
  /** Names in the files that no model of this configuration reads, and that are no well-known buffers. */
  readonly unused: readonly string[];
}

/**
 * Masks, position numbers and rates that some versions of PyTorch models store though they are no weights, and T5's copies
 * of its embedding and a bias that it never had a use for.
 */
const buffers =
  /(^|\.)(position_ids|attn\.bias|attn\.masked_bias|rotary_emb\.inv_freq|(en|de)coder\.embed_tokens\.weight|EncDecAttention\.relative_attention_bias\.weight)$/;

/**
 * Reads and checks everything of a checkpoint but its weights, and compares the headers with what the model reads.
 *
 * @param onProgress of files that cannot be read in slices.
 * @throws RefusedFileError naming the file and what is wrong with it; how tensors differ is for the caller to judge.
 */
export async function openCheckpoint(
  files: CheckpointFiles,
  expect: Expect,
  onProgress?: OnProgress,
): Promise<OpenedCheckpoint> {
  const text = await readText(files, "config.json", "config-not-json");
  const setAside = new Map<string, string>();
  const fields = readFields(text, "config.json", undefined, (key, value) => setAside.set(key, value));
  const pooling = await readPooling(files);
  const config: ModelConfig = { ...readConfig(fields), ...(pooling && { pooling }) };
  const said = <T>(key: string, value: T) => (setAside.has(key) ? undefined : value);
  const told: string[] = [];
  const tokenizer = await readTokenizer(
    files,
    {
      padId: said("pad_token_id", "padId" in config ? config.padId : undefined),
      endOfTextId: said("eos_token_id", "endOfTextId" in config ? config.endOfTextId : undefined),
    },
    { rows: config.vocabularySize, tell: (message) => told.push(message) },
  );
  const weights = await openWeights(files, onProgress);
  refuseAdapter(weights.name, weights.names);
  const { warnings: renamed, ...naming } = resolveNames(config, weights, expect);
  const comparison = compare(weights, naming.stored, naming.expected);
  const { missing, misshaped, unreadable } = comparison;
  const isWhole = missing.length + misshaped.length + unreadable.length === 0;
  const quantised = refuseQuantised(weights, quantisationIn(fields), isWhole);
  const warnings = [
    ...setAsideWarnings(setAside, config.vocabularySize),
    ...told.map((message) => ({ code: "config-set-aside", message }) as const),
    ...(files.notes ?? []).map((message) => ({ code: "files-set-aside", message }) as const),
    ...quantised,
    ...renamed,
    ...unusedWarnings(comparison.unused),
  ];
  return { config, tokenizer, weights, ...naming, comparison, warnings };
}

function compare(
  { entries, names }: Weights,
  stored: ReadonlyMap<string, string>,
  expected: readonly ExpectedTensor[],
): Comparison {
  const entryOf = (name: string) => entries.get(stored.get(name) ?? "");
  const there = expected.filter(({ name }) => stored.has(name));
  const used = new Set(there.map(({ name }) => stored.get(name)!));
  const isReadable = (dtype: string, name: string) =>
    floatTypes.has(dtype) || (dtype === "I8" && entries.has(`${stored.get(name)}.scale`));
  return {
    missing: expected.filter(({ name }) => !stored.has(name)).map(({ name }) => name),
    misshaped: there
      .map((tensor) => ({ ...tensor, found: entryOf(tensor.name)!.shape }))
      .filter(({ shape, found }) => found.join() !== shape.join()),
    unreadable: there
      .map(({ name }) => ({ name, dtype: entryOf(name)!.dtype }))
      .filter(({ name, dtype }) => !isReadable(dtype, name)),
    unused: names.filter((name) => !used.has(name) && !buffers.test(name)),
  };
}

/** @throws RefusedFileError where the model cannot be made of the tensors that there are. */
export function requireAll({ weights, stored, expected, comparison }: OpenedCheckpoint): void {
  const { missing, misshaped, unreadable } = comparison;
  if (missing.length > 0) {
    const others = [...stored.keys()].filter((name) => !expected.some((tensor) => tensor.name === name));
    throw new RefusedFileError(
      "tensor-missing",
      `${weights.name} lacks ${missing.length} of the ${expected.length} tensors that config.json asks for: ${listed(missing)}`,
      others.length > 0
        ? `It has others: ${listed(others)}. Config and weights may belong to different models.`
        : undefined,
    );
  }
  for (const { name, shape, found } of misshaped) {
    throw new RefusedFileError(
      "tensor-shape",
      `${weights.name}: ${name} is [${found.join(", ")}], but by config.json it should be [${shape.join(", ")}]`,
      "Take both files from the same checkpoint.",
    );
  }
  for (const { name, dtype } of unreadable) {
    throw new RefusedFileError(
      dtype === "I8" ? "bad-scale" : "dtype-unsupported",
      `${weights.name}: ${name} holds ${dtype}${dtype === "I8" ? ` and has no ${name}.scale` : ", which are no weights"}`,
      "Save the checkpoint in F32, F16 or BF16.",
    );
  }
}
