import type { AdapterConfig } from "../checkpoint/adapterConfig.ts";
import { ModulePattern } from "../checkpoint/modulePattern.ts";
import { listed, RefusedFileError, shown } from "../checkpoint/refusal.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import type { ByName } from "../methods/adapters/adapter.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { ParameterValues } from "../run/namedParameters.ts";
import { runFields } from "../settings/config.ts";
import { type PlacedModule, sizeHint } from "./peftPlaces.ts";

/** The matrices of an adapted layer of the model, and what else it has. */
interface LayerPair {
  readonly layer: LinearLayer;
  readonly module: string;
  /** [rank, in] */
  readonly A: HostTensor;
  /** [out, rank] */
  readonly B: HostTensor;
  readonly others: ByName<HostTensor>;
}

/** LoRA's config, or DoRA's. */
type ScaledConfig = AdapterConfig & { readonly alpha: number };

/** What a run begins with, of an adapter. */
export interface Loaded {
  readonly settings: Readonly<Record<string, number | string>>;
  /** Parameters by their names in a run, such as `0.query/A`. */
  readonly values: ReadonlyMap<string, ParameterValues>;
  /** What differs from the file, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Brings layers of different ranks and scales to one rank and one scale without changing any update. Smaller factors are
 * padded with zeros: a row of zeros in A and a column of zeros in B have no gradient as long as both are zero, so that
 * a layer keeps its rank while it trains. What a layer's scale differs by goes into B.
 *
 * @throws RefusedFileError where config and matrices contradict each other, or the numbers are beyond what a run has.
 */
export function uniformUpdates(placed: readonly PlacedModule[], config: ScaledConfig): Loaded {
  const pairs = placed.map((module) => pairOf(module, config));
  const warnings = [...checkRanks(pairs, config)];
  const ranks = pairs.map(({ A }) => A.shape[0]!);
  const rank = Math.max(...ranks);
  const layers = pairs.map(({ layer }) => layer);
  assertRank(rank, layers, layers[ranks.indexOf(rank)]!);
  if (Math.min(...ranks) < rank) {
    warnings.push(
      `Layers have ranks ${numbered(ranks)}. The run has rank ${rank}, and smaller factors are padded with zeros, which get no gradient: every layer keeps its rank.`,
    );
  }

  const alphaOf = numbersBy(config.alphas, "alpha_pattern");
  // The α with which a run of this rank scales the layer's matrices as PEFT does.
  const alphas = pairs.map(({ module, A }) => {
    const own = A.shape[0]!;
    const alpha = alphaOf(module)?.number ?? config.alpha;
    return (config.scalesByRoot ? alpha * Math.sqrt(own) : alpha) * (rank / own);
  });
  const usual = mostFrequent(alphas);
  const alpha = withinRange(usual);
  if (alpha !== usual) {
    const { min, max } = runFields.alpha;
    warnings.push(
      `α ${shortly(usual)}${usual === config.alpha ? "" : ` (of lora_alpha ${shortly(config.alpha)})`} is outside of what a run has, ${min} to ${max}: the run has α ${shortly(alpha)}, and B is multiplied by ${shortly(usual / alpha)}, which is the same function.`,
    );
  }
  const others = pairs.filter((_, index) => alphas[index] !== usual);
  if (others.length > 0) {
    warnings.push(
      `Not all layers are scaled alike: the run has α ${shortly(alpha)} with rank ${rank}, and in ${listed(others.map(({ layer }) => layer.id))} B is multiplied by what their scale differs by, which is the same function.`,
    );
  }
  const values = new Map<string, ParameterValues>();
  pairs.forEach(({ layer, A, B, others }, index) => {
    const factor = alphas[index]! / alpha;
    values.set(`${layer.id}/A`, {
      shape: [rank, layer.inFeatures],
      values: withRows(A.values, rank * layer.inFeatures),
    });
    const columns = withColumns(B.values, A.shape[0]!, rank, factor);
    if (!columns.every((x) => Number.isFinite(Math.fround(x)))) {
      throw new RefusedFileError(
        "adapter-bad-alpha",
        `scaled as the adapter's config says, by ${shortly(factor)}, lora_B of layer ${layer.id} is beyond float32`,
      );
    }
    values.set(`${layer.id}/B`, { shape: [layer.outFeatures, rank], values: columns });
    for (const [name, { values: vector }] of Object.entries(others))
      values.set(`${layer.id}/${name}`, { shape: [layer.outFeatures, 1], values: vector });
  });
  return { settings: { rank, alpha, scaling: "rank", loraStart: "kaiming" }, values, warnings };
}

/** @throws RefusedFileError where tensors do not fit their layer, or each other. */
function pairOf({ layer, module, values }: PlacedModule, config: AdapterConfig): LayerPair {
  const { A, B, ...others } = values as ByName<HostTensor> & { A: HostTensor; B: HostTensor };
  const [own, width] = A.shape;
  const [height, across] = B.shape;
  const where = `adapter_model.safetensors: ${shown(module)}`;
  if (A.shape.length !== 2 || B.shape.length !== 2 || width !== layer.inFeatures || height !== layer.outFeatures) {
    throw new RefusedFileError(
      "tensor-shape",
      `${where} has lora_A [${A.shape.join(", ")}] and lora_B [${B.shape.join(", ")}], layer ${layer.id} needs [r, ${layer.inFeatures}] and [${layer.outFeatures}, r]`,
      sizeHint(config),
    );
  }
  if (own !== across || own === 0) {
    throw new RefusedFileError(
      "tensor-shape",
      `${where} has lora_A of rank ${own} and lora_B of rank ${across}, r says ${config.rank}`,
      "Take an undamaged copy of the adapter.",
    );
  }
  for (const { shape } of Object.values(others)) {
    if (shape.join() === `${layer.outFeatures}`) continue;
    throw new RefusedFileError(
      "tensor-shape",
      `${where} has magnitudes [${shape.join(", ")}], layer ${layer.id} needs [${layer.outFeatures}]`,
      sizeHint(config),
    );
  }
  return { layer, module, A, B, others };
}

/**
 * Compares ranks with those that the config says. Where all matrices that one entry is about have another rank, it is
 * the entry that is wrong.
 *
 * @returns warnings.
 * @throws RefusedFileError where they have several.
 */
function checkRanks(pairs: readonly LayerPair[], { rank, ranks, alpha }: ScaledConfig): string[] {
  const rankOf = numbersBy(ranks, "rank_pattern", true);
  const byEntry = new Map<string, { said: number; layers: LayerPair[] }>();
  for (const pair of pairs) {
    const { key, number } = rankOf(pair.module) ?? { key: "r", number: rank };
    const group = byEntry.get(key) ?? { said: number, layers: [] };
    byEntry.set(key, group);
    group.layers.push(pair);
  }
  return [...byEntry].flatMap(([key, { said, layers }]) => {
    const found = layers.map(({ A }) => A.shape[0]!);
    if (found.every((own) => own === said)) return [];
    const numbers = numbered(found);
    if (new Set(found).size > 1) {
      const odd = layers.filter(({ A }) => A.shape[0] !== said);
      throw new RefusedFileError(
        "tensor-shape",
        `adapter_config.json: ${key} says ${said}, matrices have ${numbers} (${listed(odd.map(({ layer, A }) => `${layer.id} ${A.shape[0]}`))})`,
        "The scale α / r of layers of other ranks is not known. Write them into rank_pattern, or take the config that was saved with these matrices.",
      );
    }
    const which = key === "r" ? "" : ` (${listed(layers.map(({ layer }) => layer.id))})`;
    return [
      `adapter_config.json: ${key} says ${said}, matrices have ${numbers}${which}. The matrices are taken, and scaled by their own rank${key === "r" ? ` (α ${shortly(alpha)})` : ""}.`,
    ];
  });
}

/** @param layer that has the rank. @throws RefusedFileError where no run of these layers can have it. */
export function assertRank(rank: number, layers: readonly LinearLayer[], layer: LinearLayer): void {
  const { min, max } = runFields.rank;
  const small = layers.find(({ inFeatures, outFeatures }) => Math.min(inFeatures, outFeatures) < rank);
  if (rank >= min && rank <= max && !small) return;
  const limit = small
    ? `layer ${small.id} [${small.outFeatures} × ${small.inFeatures}] of the same run can have no more than ${Math.min(small.inFeatures, small.outFeatures)}`
    : `a run has one from ${min} to ${max}`;
  throw new RefusedFileError(
    "adapter-unsupported",
    `the adapter has rank ${rank} in layer ${layer.id}; ${rank > max ? `the largest here is ${max}` : limit}`,
    "Train one of a lower rank, or merge it into its base with PEFT's merge_and_unload() and open that as a model.",
  );
}

/**
 * What a pattern of numbers says of a module: the first entry counts whose key matches the end of the module's name.
 *
 * @param isKnown whether the number is known elsewhere, so that a key may be passed over that is not read.
 * @throws RefusedFileError for a key that is not read.
 */
function numbersBy(numbers: ReadonlyMap<string, number>, setting: string, isKnown = false) {
  const entries = [...numbers].flatMap(([key, number]) => {
    const pattern = ModulePattern.read(String.raw`(.*\.)?(${key})$`);
    if (pattern) return [{ key: `${setting}.${shown(key)}`, number, pattern }];
    if (isKnown) return [];
    throw new RefusedFileError(
      "adapter-unsupported",
      `adapter_config.json: ${setting} has the pattern ${shown(key)}, which is not read`,
      "Lookaround, back references and flags are not read: write the names of the layers instead.",
    );
  });
  return (module: string) => entries.find(({ pattern }) => pattern.matches(module));
}

/** Doubled or halved until it is what a run can have, which float32 follows without rounding. */
function withinRange(alpha: number): number {
  if (!Number.isFinite(alpha)) {
    throw new RefusedFileError(
      "adapter-bad-alpha",
      "adapter_config.json: lora_alpha is beyond what can be computed with",
    );
  }
  const { min, max } = runFields.alpha;
  let within = alpha;
  while (within > max) within /= 2;
  while (within < min) within *= 2;
  return within;
}

function mostFrequent(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

function withRows(values: ArrayLike<number>, length: number): Float32Array {
  const padded = new Float32Array(length);
  padded.set(values);
  return padded;
}

/** A row-major matrix with columns of zeros added, multiplied by a factor. */
function withColumns(values: ArrayLike<number>, from: number, to: number, factor: number): Float64Array {
  const padded = new Float64Array((values.length / from) * to);
  for (let at = 0; at < values.length; at++) padded[Math.floor(at / from) * to + (at % from)] = values[at]! * factor;
  return padded;
}

function numbered(numbers: readonly number[]): string {
  const all = [...new Set(numbers)].sort((a, b) => a - b).map(String);
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

function shortly(number: number): string {
  return String(Number(number.toPrecision(4)));
}
