import { type AdapterConfig, parseAdapterConfig } from "../checkpoint/adapterConfig.ts";
import { listed, RefusedFileError, shown } from "../checkpoint/refusal.ts";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { layerSets, selectLayers } from "../model/targets.ts";
import type { LinearLayer, Transformer } from "../model/transformer.ts";
import { finitenessInWords, notFiniteIn } from "../ops/finite.ts";
import { type RunConfig, runFields } from "../train/config.ts";
import { suitedLearningRates } from "../train/methods.ts";
import type { ParameterValues } from "../train/namedParameters.ts";
import type { RunState } from "../train/snapshot.ts";
import { moduleOf } from "./peft.ts";

/** The files of an adapter in PEFT's layout. */
export const peftNames = ["adapter_config.json", "adapter_model.safetensors"] as const;

const TENSOR = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/;

/**
 * Takes up a LoRA adapter that PEFT made: a run of the method LoRA on its layers, with its rank and scale, that starts
 * from its matrices. Everything else of the run stays as the settings have it.
 *
 * @param transformer the model that the settings name; it must have every layer of the adapter.
 * @throws RefusedFileError where the adapter is of a kind that plain LoRA cannot go on from, or of another model.
 */
export function openPeft(
  files: ReadonlyMap<string, ArrayBuffer>,
  settings: RunConfig,
  transformer: Transformer,
): { readonly config: RunConfig; readonly from: RunState } {
  const [configName, weightsName] = peftNames;
  const adapter = parseAdapterConfig(new TextDecoder().decode(files.get(configName)!));
  const weights = new SafetensorsFile(files.get(weightsName)!, weightsName);
  assertPlain(adapter, weights);

  const values = new Map<string, ParameterValues>();
  const adapted = new Set<LinearLayer>();
  for (const name of weights.names) {
    const [, module, factor] = TENSOR.exec(name) ?? [];
    if (module === undefined) throw unsupported(`${weightsName}: ${shown(name)} is no matrix of a LoRA adapter`);
    const layer = layerOf(transformer, module);
    const { rank } = adapter;
    const shape = factor === "A" ? [rank, layer.inFeatures] : [layer.outFeatures, rank];
    const tensor = weights.read(name);
    if (tensor.shape.join() !== shape.join()) {
      throw new RefusedFileError(
        "tensor-shape",
        `${weightsName}: ${shown(name)} is [${tensor.shape.join(", ")}], layer ${layer.id} of rank ${rank} has [${shape.join(", ")}]`,
        "The adapter belongs to a model of another size.",
      );
    }
    const notFinite = notFiniteIn(tensor);
    if (notFinite) {
      throw new RefusedFileError(
        "tensor-not-finite",
        `${weightsName}: ${shown(name)} ${finitenessInWords(notFinite)}`,
        "Nothing can be trained from it. Take an undamaged copy of the adapter.",
      );
    }
    values.set(`${layer.id}/${factor}`, tensor);
    adapted.add(layer);
  }
  const halves = [...adapted].filter(({ id }) => !values.has(`${id}/A`) || !values.has(`${id}/B`));
  if (halves.length > 0) {
    throw new RefusedFileError(
      "tensor-missing",
      `${weightsName}: only half of ${listed(halves.map(({ id }) => id))} is there`,
    );
  }

  const { rank, alpha, scalesByRoot } = adapter;
  return {
    config: {
      ...settings,
      method: "lora",
      rank,
      // Plain LoRA scales by α / r.
      alpha: scalesByRoot ? alpha * Math.sqrt(rank) : alpha,
      targets: targetsOf(transformer, adapted),
      learningRate: suitedLearningRates.lora,
    },
    from: { step: 0, parts: { value: values } },
  };
}

/** @throws RefusedFileError for what plain LoRA with one rank does not have. */
function assertPlain({ rank, ranks, alphas, savedModules }: AdapterConfig, weights: SafetensorsFile): void {
  const { max } = runFields.rank;
  if (rank > max) throw unsupported(`the adapter has rank ${rank}; the largest here is ${max}`);
  if (ranks.size > 0 || alphas.size > 0) throw unsupported("the adapter has layers of different ranks or scales");
  if (savedModules.length > 0) throw unsupported(`the adapter replaces whole modules: ${listed(savedModules)}`);
  if (weights.names.length === 0) throw unsupported(`${weights.name} has no matrices`);
}

/** The layer whose module's name ends a name, since classes put their own names before those of the layers. */
function layerOf({ layers }: Transformer, module: string): LinearLayer {
  const found = layers.find(({ weight }) => module === moduleOf(weight) || module.endsWith(`.${moduleOf(weight)}`));
  if (found) return found;
  throw new RefusedFileError(
    "adapter-bad-targets",
    `the model has no layer ${shown(module)}, which the adapter changes`,
    "Choose the model that the adapter was made for, then open it again.",
  );
}

/** The named set of layers where these are one, else a list of them. */
function targetsOf(transformer: Transformer, adapted: ReadonlySet<LinearLayer>): string {
  const isAll = (set: string) => {
    const layers = selectLayers(transformer, set);
    return layers.length === adapted.size && layers.every((layer) => adapted.has(layer));
  };
  const named = [...layerSets.keys()].find(isAll);
  return (
    named ??
    transformer.layers
      .filter((layer) => adapted.has(layer))
      .map(({ id }) => id)
      .join(",")
  );
}

function unsupported(what: string): RefusedFileError {
  return new RefusedFileError("adapter-unsupported", what, "Only plain LoRA of one rank can be taken up here.");
}
