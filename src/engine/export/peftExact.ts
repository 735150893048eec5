import type { AdapterConfig } from "../checkpoint/adapterConfig.ts";
import { mergeHint } from "../checkpoint/peftKinds.ts";
import { RefusedFileError, shown } from "../checkpoint/refusal.ts";
import { matrixOf } from "../methods/adapters/adapter.ts";
import type { ParameterValues } from "../run/namedParameters.ts";
import type { PeftEntry } from "./peftEntries.ts";
import { type PlacedModule, sizeHint } from "./peftPlaces.ts";
import { assertRank, type Loaded } from "./peftScale.ts";

/**
 * The parameters of an adapter that a run has in the same form, as they stand.
 *
 * @throws RefusedFileError where layers differ in rank, or tensors in shape from what their layers need.
 */
export function exactValues(
  { adapter, form }: PeftEntry,
  placed: readonly PlacedModule[],
  config: AdapterConfig,
): Loaded {
  const settingsOf = ({ values }: PlacedModule) =>
    form.read!(Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, shape])));
  const settings = settingsOf(placed[0]!);
  const layers = placed.map(({ layer }) => layer);
  if ("rank" in settings) assertRank(Number(settings.rank), layers, layers[0]!);
  const values = new Map<string, ParameterValues>();
  for (const module of placed) {
    const { layer } = module;
    if (JSON.stringify(settingsOf(module)) !== JSON.stringify(settings)) {
      throw new RefusedFileError(
        "adapter-unsupported",
        `layers ${placed[0]!.layer.id} and ${layer.id} of the adapter differ in rank, and a run of ${adapter.label} has one`,
        mergeHint(config.taskType),
      );
    }
    const specs = adapter.parameters(layer, settings);
    for (const [name, { shape, values: given }] of Object.entries(module.values)) {
      const needed = specs[name]!.shape;
      if (shape.join() !== needed.join()) {
        throw new RefusedFileError(
          "tensor-shape",
          `${shown(module.module)} has ${form.tensors[name]} [${shape.join(", ")}], layer ${layer.id} needs [${needed.join(", ")}]`,
          sizeHint(config),
        );
      }
      values.set(`${layer.id}/${name}`, { shape: matrixOf(specs[name]!), values: given });
    }
  }
  return { settings, values, warnings: [] };
}
