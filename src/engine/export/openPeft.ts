import { parseAdapterConfig } from "../checkpoint/adapterConfig.ts";
import { listed, RefusedFileError } from "../checkpoint/refusal.ts";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { readingOf } from "../data/runData.ts";
import { layerSets, selectLayers } from "../model/targets.ts";
import type { LinearLayer, ModelOutput, Transformer } from "../model/transformer.ts";
import type { RunState } from "../run/snapshot.ts";
import type { RunConfig } from "../settings/config.ts";
import { predictsTokens, taskTraitsOf } from "../tasks/task.ts";
import { disagreements } from "./peftAgreement.ts";
import { entryOf, readsKind } from "./peftEntries.ts";
import { exactValues } from "./peftExact.ts";
import { placedIn } from "./peftPlaces.ts";
import { type AdapterBase, takeSaved } from "./peftSaved.ts";
import { uniformUpdates } from "./peftScale.ts";
import { readPeftTensors } from "./peftTensors.ts";

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
 * Loads an adapter that PEFT made: a run of the method that is the same, on the layers that there are tensors for, which
 * starts from the same function. Everything else of the run stays as the settings have it.
 *
 * @param base the model that the settings name; it must have every layer of the adapter.
 * @throws RefusedFileError where the adapter is of a kind that no method here can go on from, or of another model.
 */
export async function openPeft(
  files: ReadonlyMap<string, ArrayBuffer>,
  settings: RunConfig,
  base: AdapterBase,
): Promise<OpenedPeft> {
  const { transformer } = base;
  const [configName, weightsName] = peftNames;
  const adapter = parseAdapterConfig(new TextDecoder().decode(files.get(configName)!), configName, readsKind);
  const entry = entryOf(adapter.kind)!;
  const { modules, saved, originals } = readPeftTensors(
    new SafetensorsFile(files.get(weightsName)!, weightsName),
    adapter.taskType,
    entry.form.tensors,
  );
  const warnings = disagreements(
    adapter,
    modules.map(({ module }) => module),
    [...saved.keys()],
  ).slice();
  const placed = placedIn(transformer, modules, adapter, weightsName);
  if (placed.some(({ bias }) => bias)) warnings.push("Left out: the biases of lora_B; all are 0.");
  if (originals.length > 0) warnings.push(`Left out: ${listed(originals)}; PEFT does not read what it replaces.`);
  const { alpha } = adapter;
  const taken =
    alpha === undefined ? exactValues(entry, placed, adapter) : uniformUpdates(placed, { ...adapter, alpha });
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
      ...taken.settings,
      method: entry.name,
      targets: targetsOf(transformer, new Set(adapted.filter((layer) => reached.has(layer))), settings),
      learningRate: entry.adapter.learningRate,
    },
    from: { step: 0, parts: { value: new Map([...[...taken.values].filter(([name]) => isTaken(name)), ...head]) } },
    warnings: [...warnings, ...taken.warnings, ...wholes],
  };
}

/** The set of all layers that a task can reach. */
const ALL = "all-dense";

function outputOf(settings: RunConfig, transformer: Transformer): ModelOutput {
  if (predictsTokens(taskTraitsOf(settings))) return "logits";
  return readingOf(settings, { transformer }) === "packed" ? "pooled" : "sentence";
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
