/** A layer's place among blocks and kinds of matrix. */
export interface LayerPlace {
  readonly layer: number;
  readonly block: string;
  readonly kind: string;
}

/** Layers as a table of blocks (rows) and kinds of matrix (columns), by their names: `0.query`, `encoder.3.self.key`. */
export function layerTable(ids: readonly string[]): {
  readonly blocks: readonly string[];
  readonly kinds: readonly string[];
  readonly at: (block: string, kind: string) => number | undefined;
} {
  const places = ids.map((id, layer): LayerPlace => {
    const [, block = "", kind = id] = /^(.*?\d+)\.(.*)$/.exec(id) ?? [];
    return { layer, block, kind };
  });
  const of = (block: string, kind: string) => `${block}\n${kind}`;
  const layers = new Map(places.map(({ block, kind, layer }) => [of(block, kind), layer]));
  return {
    blocks: [...new Set(places.map(({ block }) => block))],
    kinds: [...new Set(places.map(({ kind }) => kind))],
    at: (block, kind) => layers.get(of(block, kind)),
  };
}
