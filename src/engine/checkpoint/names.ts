import type { ModelConfig } from "./config.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import type { Warning } from "./warnings.ts";

/** A tensor that a model reads. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What a model of this configuration reads, given the names that the files have (without the prefix). */
export type Expect = (config: ModelConfig, names: ReadonlySet<string>) => readonly ExpectedTensor[];

/** Which tensor of the files each expected tensor is. */
export interface Naming {
  /** What a whole model puts before names, such as "bert."; empty where the files do not. */
  readonly prefix: string;
  readonly expected: readonly ExpectedTensor[];
  /** Names in the files by names without the prefix. */
  readonly stored: ReadonlyMap<string, string>;
  /** Names in the files that must hold the same values as an expected tensor. */
  readonly copies: ReadonlyMap<string, string>;
  /** What was read under another name. */
  readonly warnings: readonly Warning[];
}

/** What whole models put before the names of their transformer's tensors. */
const usualPrefixes: Readonly<Record<ModelConfig["family"], string>> = {
  bert: "bert.",
  roberta: "roberta.",
  distilbert: "distilbert.",
  gpt2: "transformer.",
  llama: "model.",
  t5: "transformer.",
  "use-lite": "",
};

/** Parts that wrappers of PyTorch put into names, anywhere: compilation, sharding, recomputation, parallel training. */
const wrappers: ReadonlySet<string> = new Set([
  "_orig_mod",
  "_fsdp_wrapped_module",
  "_checkpoint_wrapped_module",
  "module",
]);

/** Older names of a norm's two tensors. */
const aliases = [
  { is: ".weight", was: ".gamma" },
  { is: ".bias", was: ".beta" },
] as const;

/** Tensors that hold the same as a word embedding, of which a file may keep only one. */
function copiesOf(config: ModelConfig): readonly [name: string, copies: readonly string[]] {
  switch (config.family) {
    case "bert":
      return ["embeddings.word_embeddings.weight", ["cls.predictions.decoder.weight"]];
    case "roberta":
      return ["embeddings.word_embeddings.weight", ["lm_head.decoder.weight"]];
    case "distilbert":
      return ["embeddings.word_embeddings.weight", ["vocab_projector.weight"]];
    case "gpt2":
      return ["wte.weight", config.tiedHead ? ["lm_head.weight"] : []];
    case "llama":
      return ["embed_tokens.weight", config.tiedHead ? ["lm_head.weight"] : []];
    case "t5": {
      const sides = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];
      return ["shared.weight", config.tiedHead ? [...sides, "lm_head.weight"] : sides];
    }
    case "use-lite":
      return ["", []];
  }
}

/** The tensors of a file as `openWeights` gives them. */
interface NamedWeights {
  readonly name: string;
  readonly names: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Finds the expected tensors among the names that the files have. Names as they usually are count as they stand; only
 * where some of the expected are not among these, parts of wrappers are left out and the prefix is looked for under which
 * the most are found. Names that already are as expected win over those that would become so.
 *
 * @throws RefusedFileError where two tensors would become one, or the model is there twice.
 */
export function resolveNames(config: ModelConfig, weights: NamedWeights, expect: Expect): Naming {
  const usual = usualPrefixes[config.family];
  const asTheyAre = new Map(weights.names.map((name) => [name, name]));
  const hasUsual = usual !== "" && weights.names.some((name) => name.startsWith(usual));
  const plain = underPrefix(config, weights, expect, asTheyAre, hasUsual ? usual : "");
  if (plain.missing === 0) return plain;
  const bare = withoutWrappers(weights);
  const prefix = likeliestPrefix(weights.name, bare, plain.expected);
  if (prefix === undefined) return plain;
  const found = underPrefix(config, weights, expect, bare, prefix);
  return found.missing < plain.missing ? found : plain;
}

function underPrefix(
  config: ModelConfig,
  { name: file, metadata }: NamedWeights,
  expect: Expect,
  bare: ReadonlyMap<string, string>,
  prefix: string,
): Naming & { readonly missing: number } {
  const stored = new Map<string, string>();
  // What stands beside the transformer is found by its name under whatever surrounds both.
  const around = ancestorsOf(prefix);
  const isInside = (name: string) => prefix !== "" && name.startsWith(prefix);
  for (const [name, from] of bare) {
    if (isInside(name)) continue;
    const outer = around.find((each) => name.startsWith(each)) ?? "";
    stored.set(name.slice(outer.length), from);
  }
  for (const [name, from] of bare) if (isInside(name)) stored.set(name.slice(prefix.length), from);

  const expected = expect(config, new Set(stored.keys()));
  const older: string[] = [];
  const warnings: Warning[] = [];
  const copies = new Map<string, string>();
  const [embedding, known] = copiesOf(config);
  for (const { name } of expected) {
    if (stored.has(name)) continue;
    const alias = aliases.find(({ is, was }) => name.endsWith(is) && stored.has(name.slice(0, -is.length) + was));
    if (alias) {
      const was = name.slice(0, -alias.is.length) + alias.was;
      stored.set(name, stored.get(was)!);
      stored.delete(was);
      older.push(was);
      continue;
    }
    // Files of safetensors' save_model say which of several equal tensors they have kept.
    const said = metadata.get(prefix + name);
    const kept = [
      ...(said !== undefined && bare.has(said) ? [bare.get(said)!] : []),
      ...(name === embedding ? known.flatMap((copy) => stored.get(copy) ?? []) : []),
    ];
    if (kept.length === 0) continue;
    stored.set(name, kept[0]!);
    // An output layer may be one of its own in spite of what the config says.
    for (const other of kept.slice(1)) {
      if (other !== kept[0] && other.endsWith("embed_tokens.weight")) copies.set(other, name);
    }
    warnings.push(renamed(`${name} is not in ${file}; ${kept[0]}, which is its copy, is read instead.`));
  }
  if (older.length > 0) {
    warnings.unshift(
      renamed(
        `${older.length} tensors have older names, with gamma for weight and beta for bias: ${listed(older, 2)}. They are read as such.`,
      ),
    );
  }
  const usual = usualPrefixes[config.family];
  const isUsual = prefix === usual || prefix.endsWith(`.${usual}`);
  const wrapped = [...stored.values()].filter((from) => {
    return !bare.has(from) || (prefix !== usual && prefix !== "" && from.startsWith(prefix));
  });
  if (wrapped.length > 0) {
    const [example] = [...stored].filter(([name, from]) => wrapped.includes(from) && from !== name);
    warnings.unshift(
      renamed(
        `${file} was saved from within a wrapper: ${wrapped.length} of its tensors have longer names than the model's. ${example![1]} is read as ${(isUsual ? usual : "") + example![0]}, and so on.`,
      ),
    );
  }
  return {
    prefix: isUsual ? usual : "",
    expected,
    stored,
    copies,
    warnings,
    missing: expected.filter(({ name }) => !stored.has(name)).length,
  };
}

/** What stands around a prefix, the nearest first: "a.b." and "a." of "a.b.c.". */
function ancestorsOf(prefix: string): string[] {
  const parts = prefix.split(".").slice(0, -1);
  return parts.map((_, depth) => `${parts.slice(0, depth).join(".")}.`.replace(/^\.$/, "")).reverse();
}

/** Names in the files by names without the parts of wrappers. @throws RefusedFileError where two become one. */
function withoutWrappers({ name: file, names }: NamedWeights): ReadonlyMap<string, string> {
  const bare = new Map(names.map((name) => [name, name]));
  for (const name of names) {
    const parts = name.split(".").filter((part) => !wrappers.has(part));
    const short = parts.join(".");
    const other = bare.get(short);
    if (short === name || other === short) continue;
    if (other !== undefined) {
      throw new RefusedFileError(
        "tensor-twice",
        `${file}: ${other} and ${name} are both ${short}, each within another wrapper`,
        "Save the model itself, without its wrapper.",
      );
    }
    bare.delete(name);
    bare.set(short, name);
  }
  return bare;
}

/**
 * What stands before most of the expected names, as soon as that is half of them.
 *
 * @throws RefusedFileError where several places have all alike.
 */
function likeliestPrefix(
  file: string,
  bare: ReadonlyMap<string, string>,
  expected: readonly ExpectedTensor[],
): string | undefined {
  const wanted = new Set(expected.map(({ name }) => name));
  const isWanted = (name: string) =>
    wanted.has(name) ||
    aliases.some(({ is, was }) => name.endsWith(was) && wanted.has(name.slice(0, -was.length) + is));
  const counts = new Map<string, number>();
  for (const name of bare.keys()) {
    for (let at = 0; at >= 0; at = name.indexOf(".", at) + 1 || -1) {
      if (isWanted(name.slice(at))) counts.set(name.slice(0, at), (counts.get(name.slice(0, at)) ?? 0) + 1);
    }
  }
  const most = Math.max(0, ...counts.values());
  if (2 * most < wanted.size) return undefined;
  const best = [...counts].filter(([, count]) => count === most).map(([prefix]) => prefix);
  if (best.length > 1) {
    throw new RefusedFileError(
      "tensor-twice",
      `${file} holds ${best.length} models that config.json could mean, under ${listed(best)}`,
      "Save only the one that is meant.",
    );
  }
  return best[0];
}

function renamed(message: string): Warning {
  return { code: "renamed-tensors", message };
}
