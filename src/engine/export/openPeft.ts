import { type AdapterConfig, parseAdapterConfig } from "../checkpoint/adapterConfig.ts";
import { mergeHint } from "../checkpoint/peftKinds.ts";
import { listed, RefusedFileError, shown } from "../checkpoint/refusal.ts";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { readingOf } from "../data/runData.ts";
import { methods } from "../methods/index.ts";
import { layerSets, selectLayers } from "../model/targets.ts";
import type { LinearLayer, ModelOutput, Transformer } from "../model/transformer.ts";
import type { RunState } from "../run/snapshot.ts";
import type { RunConfig } from "../settings/config.ts";
import { predictsTokens, taskTraitsOf } from "../tasks/task.ts";
import { moduleOf } from "./peft.ts";
import { disagreements } from "./peftAgreement.ts";
import { type AdapterBase, takeSaved } from "./peftSaved.ts";
import { type LayerPair, uniformUpdates } from "./peftScale.ts";
import { type ModulePair, readPeftTensors } from "./peftTensors.ts";

/** The files of an adapter in PEFT's layout. */
export const peftNames = ["adapter_config.json", "adapter_model.safetensors"] as const;

/** A run that starts from an adapter. */
export interface OpenedPeft {
  readonly config: RunConfig;
  readonly from: RunState;
  /** What of the files was not taken as it stands, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Takes up a LoRA adapter that PEFT made: a run of the method LoRA on the layers that there are matrices for, which
 * starts from the same function. Everything else of the run stays as the settings have it.
 *
 * @param base the model that the settings name; it must have every layer of the adapter.
 * @throws RefusedFileError where the adapter is of a kind that plain LoRA cannot go on from, or of another model.
 */
export async function openPeft(
  files: ReadonlyMap<string, ArrayBuffer>,
  settings: RunConfig,
  base: AdapterBase,
): Promise<OpenedPeft> {
  const { transformer } = base;
  const [configName, weightsName] = peftNames;
  const adapter = parseAdapterConfig(new TextDecoder().decode(files.get(configName)!));
  const { pairs, saved, originals } = readPeftTensors(
    new SafetensorsFile(files.get(weightsName)!, weightsName),
    adapter.taskType,
  );
  const warnings = disagreements(
    adapter,
    pairs.map(({ module }) => module),
    [...saved.keys()],
  ).slice();
  const placed = inModel(pairs, transformer, adapter);
  assertNoBiases(placed, adapter.taskType);
  if (placed.some(({ bias }) => bias)) warnings.push("Left out: the biases of lora_B; all are 0.");
  if (originals.length > 0) warnings.push(`Left out: ${listed(originals)}; PEFT does not read what it replaces.`);
  const { rank, alpha, values, warnings: scaled } = uniformUpdates(placed, adapter);
  const { values: head, warnings: wholes } = await takeSaved(saved, adapter, settings, base, weightsName);

  const reached = new Set(selectLayers(transformer, ALL, outputOf(settings, transformer)));
  const adapted = placed.map(({ layer }) => layer);
  const idle = adapted.filter((layer) => !reached.has(layer));
  if (idle.length === adapted.length) {
    throw new RefusedFileError(
      "adapter-bad-targets",
      `none of the layers that the adapter changes is on the way to what the task reads: ${listed(idle.map(({ id }) => id))}`,
      "Choose the task first, then open the adapter.",
    );
  }
  if (idle.length > 0) {
    warnings.push(
      `Left out: the updates of ${listed(idle.map(({ id }) => id))}; the task does not go through these layers.`,
    );
  }
  const isTaken = (name: string) => !idle.some(({ id }) => name.startsWith(`${id}/`));
  return {
    config: {
      ...settings,
      method: "lora",
      rank,
      alpha,
      // What the adapter is scaled by, and that it is all of the update.
      scaling: "rank",
      loraStart: "kaiming",
      targets: targetsOf(transformer, new Set(adapted.filter((layer) => reached.has(layer))), settings),
      learningRate: methods.lora.learningRate,
    },
    from: { step: 0, parts: { value: new Map([...[...values].filter(([name]) => isTaken(name)), ...head]) } },
    warnings: [...warnings, ...scaled, ...wholes],
  };
}

/** The set of all layers that a task can reach. */
const ALL = "all-dense";

function outputOf(settings: RunConfig, transformer: Transformer): ModelOutput {
  if (predictsTokens(taskTraitsOf(settings))) return "logits";
  return readingOf(settings, { transformer }) === "packed" ? "pooled" : "sentence";
}

/** The layers of the model that the matrices belong to. @throws RefusedFileError where they do not fit it. */
function inModel(pairs: readonly ModulePair[], transformer: Transformer, adapter: AdapterConfig): LayerPair[] {
  const { rank, baseModel } = adapter;
  const weightsName = peftNames[1];
  const taken = new Map<LinearLayer, string>();
  return pairs.map((pair) => {
    const { module, A, B } = pair;
    const layer = layerOf(transformer, module, adapter);
    const other = taken.get(layer);
    if (other !== undefined) {
      throw new RefusedFileError(
        "adapter-bad-targets",
        `${weightsName}: ${shown(other)} and ${shown(module)} are both layer ${layer.id} of the model`,
        "The adapter was made for a model of several parts. Choose the model that it was made for.",
      );
    }
    taken.set(layer, module);
    const [own, width] = A.shape;
    const [height, across] = B.shape;
    const where = `${weightsName}: ${shown(module)}`;
    if (A.shape.length !== 2 || B.shape.length !== 2 || width !== layer.inFeatures || height !== layer.outFeatures) {
      throw new RefusedFileError(
        "tensor-shape",
        `${where} has lora_A [${A.shape.join(", ")}] and lora_B [${B.shape.join(", ")}], layer ${layer.id} needs [r, ${layer.inFeatures}] and [${layer.outFeatures}, r]`,
        `The adapter belongs to a model of another size${baseModel ? `: its config names ${shown(baseModel)}` : ""}.`,
      );
    }
    if (own !== across || own === 0) {
      throw new RefusedFileError(
        "tensor-shape",
        `${where} has lora_A of rank ${own} and lora_B of rank ${across}, r says ${rank}`,
        "Take an undamaged copy of the adapter.",
      );
    }
    return { ...pair, layer };
  });
}

/** The layer whose module's name ends a name, since classes put their own names before those of the layers. */
function layerOf(
  { layers }: Transformer,
  module: string,
  { baseModel, taskType }: Pick<AdapterConfig, "baseModel" | "taskType">,
): LinearLayer {
  const found = layers.find(({ weight }) => module === moduleOf(weight) || module.endsWith(`.${moduleOf(weight)}`));
  if (found) return found;
  if (isAtAnEnd(module)) {
    throw new RefusedFileError(
      "adapter-unsupported",
      `the adapter changes ${shown(module)}, and runs of LoRA change only what lies between the words and the output layer`,
      mergeHint(taskType),
    );
  }
  throw new RefusedFileError(
    "adapter-bad-targets",
    `the model has no layer ${shown(module)}, which the adapter changes`,
    `Choose the model that the adapter was made for${baseModel ? `, ${shown(baseModel)}` : ""}, then open it again.`,
  );
}

/** @throws RefusedFileError where an update adds a vector as well, which no run of LoRA has. */
function assertNoBiases(pairs: readonly LayerPair[], taskType: string | undefined): void {
  const biased = pairs.filter(({ bias }) => bias?.values.some((value) => value !== 0));
  if (biased.length === 0) return;
  throw new RefusedFileError(
    "adapter-unsupported",
    `the adapter has biases of its own (lora_bias) in ${listed(biased.map(({ layer }) => layer.id))}, which a run of LoRA does not have`,
    mergeHint(taskType),
  );
}

/** Whether it is a table of words or an output layer. */
function isAtAnEnd(module: string): boolean {
  return /(^|\.)(wte|wpe|embed_tokens|shared|\w+_embeddings|lm_head|classifier|score|pre_classifier|qa_outputs)(\.|$)/.test(
    module,
  );
}

/** The named set of layers where these are one, else a list of them. */
function targetsOf(transformer: Transformer, adapted: ReadonlySet<LinearLayer>, settings: RunConfig): string {
  const isAll = (set: string) => {
    const layers = selectLayers(transformer, set, outputOf(settings, transformer));
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
