import { layerSets } from "./targets.ts";
import type { LayerKind } from "./transformer.ts";

/** A model's dense layers laid out by block and part, for picking them one by one before the model is loaded. */
export interface LayerGrid {
  readonly blocks: readonly number[];
  readonly parts: readonly LayerKind[];
  /** Ids as in `LinearLayer`, in the model's order. */
  readonly layers: readonly string[];
}

function grid(blockCount: number, partsOf: (block: number) => readonly LayerKind[]): LayerGrid {
  const blocks = [...Array(blockCount).keys()];
  const parts = [...new Set(blocks.flatMap(partsOf))];
  return { blocks, parts, layers: blocks.flatMap((block) => partsOf(block).map((part) => `${block}.${part}`)) };
}

/** Of the bundled models; a test compares them with the checkpoints. */
export const layerGrids = {
  "pd-bert": grid(4, () => ["query", "key", "value", "output", "up", "down"]),
  "pd-gpt": grid(6, () => ["qkv", "output", "up", "down"]),
  // The first block is narrower at its entrance, and its residual connection has a matrix of its own.
  "use-lite": grid(2, (block) => ["qkv", "output", ...(block === 0 ? (["residual"] as const) : []), "up", "down"]),
} satisfies Record<string, LayerGrid>;

/** The layers of the grid that `targets` (see `selectLayers`) names. */
export function pickedLayers({ layers }: LayerGrid, targets: string): ReadonlySet<string> {
  const kinds = layerSets.get(targets);
  const entries = targets.split(",");
  return new Set(
    layers.filter((layer) =>
      kinds
        ? kinds.has(layer.split(".")[1] as LayerKind)
        : entries.some((entry) => layer === entry || layer.startsWith(`${entry}.`)),
    ),
  );
}
