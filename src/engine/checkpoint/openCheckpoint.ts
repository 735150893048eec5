import { type ModelConfig, parseConfig } from "./config.ts";
import { type CheckpointFiles, type OnProgress, readText } from "./files.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import type { TextTokenizer } from "./tokenizer.ts";
import { readTokenizer } from "./tokenizerFiles.ts";
import { openWeights, type Weights } from "./weights.ts";

/** A tensor that a model reads. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What a model of this configuration reads, given the names that the files have (without the prefix). */
export type Expect = (config: ModelConfig, names: ReadonlySet<string>) => readonly ExpectedTensor[];

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
  readonly comparison: Comparison;
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

/** What whole models put before the names of their transformer's tensors. */
const prefixes: Readonly<Record<ModelConfig["family"], string>> = {
  bert: "bert.",
  roberta: "roberta.",
  distilbert: "distilbert.",
  gpt2: "transformer.",
  llama: "model.",
  "use-lite": "",
};

/** Masks, position numbers and rates that some versions of PyTorch models store though they are no weights. */
const buffers = /(^|\.)(position_ids|attn\.bias|attn\.masked_bias|rotary_emb\.inv_freq)$/;

const floats: ReadonlySet<string> = new Set(["F32", "F16", "BF16", "F64"]);

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
  const config = parseConfig(await readText(files, "config.json", "config-not-json"));
  const tokenizer = await readTokenizer(files, {
    padId: "padId" in config ? config.padId : undefined,
    endOfTextId: "endOfTextId" in config ? config.endOfTextId : undefined,
  });
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new RefusedFileError(
      "config-inconsistent",
      `${tokenizer.name} has ${tokenizer.vocabularySize} tokens, but config.json says that the model knows ${config.vocabularySize}`,
      "Take both files from the same checkpoint.",
    );
  }
  const weights = await openWeights(files, onProgress);
  const wanted = prefixes[config.family];
  const prefix = wanted && weights.names.some((name) => name.startsWith(wanted)) ? wanted : "";
  const hasPrefix = (name: string) => prefix !== "" && name.startsWith(prefix);
  // Of two names that differ in the prefix alone the one with it counts.
  const stored = new Map(weights.names.filter((name) => !hasPrefix(name)).map((name) => [name, name]));
  for (const name of weights.names) if (hasPrefix(name)) stored.set(name.slice(prefix.length), name);
  const expected = expect(config, new Set(stored.keys()));
  return { config, tokenizer, weights, prefix, expected, stored, comparison: compare(weights, stored, expected) };
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
    floats.has(dtype) || (dtype === "I8" && entries.has(`${stored.get(name)}.scale`));
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
