import { layerSets } from "./targets.ts";
import type { LayerKind, Transformer } from "./transformer.ts";

/** What settings have to know of a model: enough to refuse what cannot fit, without its weights. */
export interface ModelSummary {
  /** Tokens that a text can have at most. */
  readonly positions: number;
  /** Blocks by what stands before the dot in the ids of their layers. */
  readonly blocks: readonly string[];
  /** What dense layers the blocks have, in the model's order. */
  readonly parts: readonly LayerKind[];
  /** Dense layers by id ("0.query"), in the model's order, as [outFeatures, inFeatures]. */
  readonly layers: ReadonlyMap<string, readonly [number, number]>;
  /** Those that only predicted tokens go through; absent in models without a decoder of its own. */
  readonly decoderLayers?: ReadonlySet<string>;
  /** Whether it predicts tokens. */
  readonly isGenerative: boolean;
  /** Whether it writes only what follows from a text that it has read, as encoder–decoders do. */
  readonly isEncoderDecoder: boolean;
  /** Whether the sentences of a pair can be read as one packed sequence. */
  readonly packsPairs: boolean;
}

/** Models by what settings call them; those that were loaded from elsewhere are known only where they were. */
export type ModelCatalogue = Readonly<Record<string, ModelSummary>>;

export function summaryOf(transformer: Transformer): ModelSummary {
  const { maxLength, logits, decoderStart, pooled, poolsSentences } = transformer;
  // A pooler that sentence vectors do not go through is reached by packed pairs alone, and only as part of a set.
  const layers = transformer.layers.filter(({ kind }) => kind !== "pooler" || poolsSentences);
  const inDecoder = layers.flatMap((layer) => (layer.inDecoder ? [layer.id] : []));
  const placed = layers.filter(({ id }) => id.includes("."));
  return {
    positions: maxLength,
    blocks: [...new Set(placed.map(({ id }) => id.split(".")[0]!))],
    parts: [...new Set(placed.map(({ kind }) => kind))],
    layers: new Map(layers.map(({ id, outFeatures, inFeatures }) => [id, [outFeatures, inFeatures]])),
    ...(inDecoder.length > 0 && { decoderLayers: new Set(inDecoder) }),
    isGenerative: logits !== undefined,
    isEncoderDecoder: decoderStart !== undefined,
    packsPairs: pooled !== undefined,
  };
}

/**
 * The layers that `targets` (see `selectLayers`) names; none where it is another model's list.
 *
 * @param predictsTokens whether the task does, and so goes through a decoder.
 */
export function pickedLayers(
  { layers, decoderLayers }: ModelSummary,
  targets: string,
  predictsTokens = true,
): ReadonlySet<string> {
  const kinds = layerSets.get(targets);
  const entries = targets.split(",");
  return new Set(
    [...layers.keys()].filter((layer) => {
      if (!predictsTokens && decoderLayers?.has(layer)) return false;
      return kinds
        ? kinds.has(layer.split(".").at(-1) as LayerKind)
        : entries.some((entry) => layer === entry || layer.startsWith(`${entry}.`));
    }),
  );
}
