import type { AdapterConfig } from "../checkpoint/adapterConfig.ts";
import { mergeHint } from "../checkpoint/peftKinds.ts";
import { listed, RefusedFileError, shown } from "../checkpoint/refusal.ts";
import type { LinearLayer, Transformer } from "../model/transformer.ts";
import { moduleOf } from "./peft.ts";
import type { PeftModule } from "./peftTensors.ts";

/** A module of an adapter with the layer of the model that it is about. */
export interface PlacedModule extends PeftModule {
  readonly layer: LinearLayer;
}

/**
 * The layers of the model that an adapter's modules are about.
 *
 * @param file for messages.
 * @throws RefusedFileError where the model does not have them, and for biases, which no update has here.
 */
export function placedIn(
  { layers }: Transformer,
  modules: readonly PeftModule[],
  adapter: AdapterConfig,
  file: string,
): PlacedModule[] {
  const taken = new Map<LinearLayer, string>();
  const placed = modules.map((given) => {
    const { module } = given;
    const layer = layerOf(layers, module, adapter);
    const other = taken.get(layer);
    if (other !== undefined) {
      throw new RefusedFileError(
        "adapter-bad-targets",
        `${file}: ${shown(other)} and ${shown(module)} are both layer ${layer.id} of the model`,
        "The adapter was made for a model of several parts. Choose the model that it was made for.",
      );
    }
    taken.set(layer, module);
    return { ...given, layer };
  });
  assertNoBiases(placed, adapter.taskType);
  return placed;
}

/** What to do where the tensors of a module are of another shape than its layer needs. */
export function sizeHint({ baseModel }: AdapterConfig): string {
  return `The adapter belongs to a model of another size${baseModel ? `: its config names ${shown(baseModel)}` : ""}.`;
}

/** The layer whose module's name ends a name, since classes put their own names before those of the layers. */
function layerOf(
  layers: readonly LinearLayer[],
  module: string,
  { baseModel, taskType }: Pick<AdapterConfig, "baseModel" | "taskType">,
): LinearLayer {
  const found = layers.find(({ weight }) => module === moduleOf(weight) || module.endsWith(`.${moduleOf(weight)}`));
  if (found) return found;
  if (isAtAnEnd(module)) {
    throw new RefusedFileError(
      "adapter-unsupported",
      `the adapter changes ${shown(module)}, and runs change only what lies between the words and the output layer`,
      mergeHint(taskType),
    );
  }
  throw new RefusedFileError(
    "adapter-bad-targets",
    `the model has no layer ${shown(module)}, which the adapter changes`,
    `Choose the model that the adapter was made for${baseModel ? `, ${shown(baseModel)}` : ""}, then open it again.`,
  );
}

/** @throws RefusedFileError where an update adds a vector as well, which no run has. */
function assertNoBiases(modules: readonly PlacedModule[], taskType: string | undefined): void {
  const biased = modules.filter(({ bias }) => bias?.values.some((value) => value !== 0));
  if (biased.length === 0) return;
  throw new RefusedFileError(
    "adapter-unsupported",
    `the adapter has biases of its own (lora_bias) in ${listed(biased.map(({ layer }) => layer.id))}, which no run has`,
    mergeHint(taskType),
  );
}

/** Whether it is a table of words or an output layer. */
function isAtAnEnd(module: string): boolean {
  return /(^|\.)(wte|wpe|embed_tokens|shared|\w+_embeddings|lm_head|classifier|score|pre_classifier|qa_outputs)(\.|$)/.test(
    module,
  );
}
