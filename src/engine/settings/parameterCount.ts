import { trainedIn } from "../methods/adapters/adapter.ts";
import { modelShapes } from "../model/modelShapes.ts";
import { type ModelCatalogue, pickedLayers } from "../model/modelSummary.ts";
import { trainedBy } from "./chosenMethod.ts";
import type { RunConfig } from "./config.ts";
import { applies } from "./problems.ts";

/** Layers that get an update, and numbers in all updates together; the form says so before anything is loaded. */
export interface UpdateSize {
  readonly layers: number;
  readonly parameters: number;
}

/** Of a run on a known model. @returns nothing where the network itself is trained, or no layer at all. */
export function updateSizeOf(config: RunConfig, models: ModelCatalogue = modelShapes): UpdateSize | undefined {
  const model = models[config.model];
  const trained = trainedBy(config);
  if (!model || trained.kind === "full" || !applies("targets", config, models)) return undefined;
  const layers = [...pickedLayers(model, config.targets, !applies("head", config, models))].map(
    (layer) => model.layers.get(layer)!,
  );
  if (trained.kind !== "adapter") return { layers: layers.length, parameters: 0 };
  const shapes = layers.map(([outFeatures, inFeatures]) => ({ inFeatures, outFeatures }));
  return { layers: layers.length, parameters: trainedIn(trained, shapes) };
}
