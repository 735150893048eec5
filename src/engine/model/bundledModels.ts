import { layerSets } from "./targets.ts";
import type { LayerKind } from "./transformer.ts";

/** What is known of a bundled model before it is loaded; a test compares it with the checkpoint. */
export interface BundledModel {
  /** Tokens that a text can have at most. */
  readonly positions: number;
  readonly blocks: readonly number[];
  /** What dense layers the blocks have, in the model's order. */
  readonly parts: readonly LayerKind[];
  /** Dense layers by id ("0.query"), in the model's order, as [outFeatures, inFeatures]. */
  readonly layers: ReadonlyMap<string, readonly [number, number]>;
}

type Parts = Partial<Record<LayerKind, readonly [number, number]>>;

function model(positions: number, blockParts: readonly Parts[], rest: Parts = {}): BundledModel {
  const layers = blockParts.flatMap((parts, block) =>
    Object.entries(parts).map(([part, shape]) => [`${block}.${part}`, shape] as const),
  );
  return {
    positions,
    blocks: [...blockParts.keys()],
    parts: [...new Set(blockParts.flatMap((parts) => Object.keys(parts) as LayerKind[]))],
    layers: new Map([...layers, ...Object.entries(rest)]),
  };
}

const square = (width: number) => [width, width] as const;
const bertBlock: Parts = {
  query: square(128),
  key: square(128),
  value: square(128),
  output: square(128),
  up: [512, 128],
  down: [128, 512],
};
const gptBlock: Parts = { qkv: [576, 192], output: square(192), up: [768, 192], down: [192, 768] };

export const bundledModels = {
  "pd-bert": model(64, Array(4).fill(bertBlock)),
  "pd-gpt": model(256, Array(6).fill(gptBlock)),
  "use-lite": model(
    128,
    [
      // The first block is narrower at its entrance, and its residual connection has a matrix of its own.
      { qkv: [768, 256], output: [512, 256], residual: [512, 256], up: [1536, 512], down: [512, 1536] },
      { qkv: [1536, 512], output: square(512), up: [1536, 512], down: [512, 1536] },
    ],
    { pooler: square(512) },
  ),
} satisfies Record<string, BundledModel>;

/** The layers that `targets` (see `selectLayers`) names; none where it is another model's list. */
export function pickedLayers({ layers }: BundledModel, targets: string): ReadonlySet<string> {
  const kinds = layerSets.get(targets);
  const entries = targets.split(",");
  return new Set(
    [...layers.keys()].filter((layer) =>
      kinds
        ? kinds.has(layer.split(".").at(-1) as LayerKind)
        : entries.some((entry) => layer === entry || layer.startsWith(`${entry}.`)),
    ),
  );
}
