import { bundledModels } from "../model/bundledModels.ts";
import { type ModelCatalogue, pickedLayers } from "../model/facts.ts";
import type { RunConfig } from "./config.ts";
import { updateParameters } from "./methods.ts";
import { applies } from "./problems.ts";

/** Layers that get an update, and numbers in all updates together; the form says so before anything is loaded. */
export interface UpdateSize {
  readonly layers: number;
  readonly parameters: number;
}

/** Of a run on a known model. @returns nothing where the network itself is trained, or no layer at all. */
export function updateSizeOf(config: RunConfig, models: ModelCatalogue = bundledModels): UpdateSize | undefined {
  const model = models[config.model];
  if (!model || config.method === "full" || !applies("targets", config, models)) return undefined;
  const layers = [...pickedLayers(model, config.targets, !applies("head", config, models))].map(
    (layer) => model.layers.get(layer)!,
  );
  const parametersOf = updateParameters[config.method];
  return {
    layers: layers.length,
    parameters: layers.reduce(
      (sum, [outFeatures, inFeatures]) => sum + parametersOf(inFeatures, outFeatures, config),
      0,
    ),
  };
}
