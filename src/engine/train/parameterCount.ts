import { bundledModels, pickedLayers } from "../model/bundledModels.ts";
import { applies, type RunConfig } from "./config.ts";

/** Layers that get an update, and numbers in all updates together; the form says so before anything is loaded. */
export interface UpdateSize {
  readonly layers: number;
  readonly parameters: number;
}

/** Of a run on a bundled model. @returns nothing where the network itself is trained, or no layer at all. */
export function updateSizeOf(config: RunConfig): UpdateSize | undefined {
  if (config.method === "full" || !applies("targets", config)) return undefined;
  const model = bundledModels[config.model];
  const sizes = [...pickedLayers(model, config.targets)].map((layer) => ofLayer(config, ...model.layers.get(layer)!));
  return { layers: sizes.length, parameters: sizes.reduce((sum, size) => sum + size, 0) };
}

function ofLayer({ method, rank, depth, gamma }: RunConfig, outFeatures: number, inFeatures: number): number {
  const outer = rank * (inFeatures + outFeatures);
  const width = Math.min(inFeatures, outFeatures);
  switch (method) {
    case "deep-lora-compressed":
      // Outer factors that learn at no rate are not trained.
      return (gamma > 0 ? outer : 0) + depth * rank ** 2;
    case "deep-lora-narrow":
      return outer + (depth - 2) * rank ** 2;
    case "deep-lora-full":
      return width * (inFeatures + outFeatures) + (depth - 2) * width ** 2;
    default:
      return outer;
  }
}
