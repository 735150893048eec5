import { ConfigError } from "../errors.ts";
import type { LayerKind, LinearLayer, ModelOutput, Transformer } from "./transformer.ts";

/** Sets of layers that have a name. */
export const layerSets: ReadonlyMap<string, ReadonlySet<LayerKind>> = new Map<string, ReadonlySet<LayerKind>>([
  ["query-value", new Set<LayerKind>(["query", "value", "qkv"])],
  ["attention-mlp", new Set<LayerKind>(["query", "key", "value", "qkv", "output", "gate", "up", "down"])],
  [
    "all-dense",
    new Set<LayerKind>(["query", "key", "value", "qkv", "output", "gate", "up", "down", "residual", "pooler"]),
  ],
]);

/**
 * The dense layers that `targets` names, in the model's order.
 *
 * @param targets a set ("query-value", "attention-mlp", "all-dense"), or a list of layers ("0.query"), blocks ("0") and
 *   "pooler", separated by commas. Where query, key and value are one matrix, "query-value" takes that.
 * @param output what the task reads; a pooler that it does not reach is not among the layers.
 * @throws ConfigError naming every entry that is unknown, and what there is.
 */
export function selectLayers(
  transformer: Transformer,
  targets: string,
  output: ModelOutput = "sentence",
): LinearLayer[] {
  const reached = transformer.layers.filter(({ kind }) => kind !== "pooler" || usesPooler(transformer, output));
  const kinds = layerSets.get(targets.trim());
  if (kinds) return reached.filter(({ kind }) => kinds.has(kind));

  const entries = targets
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  const matches = (layer: LinearLayer, entry: string) => layer.id === entry || layer.id.startsWith(`${entry}.`);
  const unknown = entries.filter((entry) => !reached.some((layer) => matches(layer, entry)));
  if (unknown.length > 0 || entries.length === 0) {
    const ids = reached.map(({ id }) => id).join(", ");
    throw new ConfigError(
      unknown.length > 0
        ? `the model has no layer ${unknown.join(", ")} on the way to its output`
        : "no layers are named",
      `Name query-value, attention-mlp, all-dense, or some of: ${ids}.`,
    );
  }
  return reached.filter((layer) => entries.some((entry) => matches(layer, entry)));
}

function usesPooler(transformer: Transformer, output: ModelOutput): boolean {
  return output === "pooled" || (output === "sentence" && transformer.poolsSentences);
}
