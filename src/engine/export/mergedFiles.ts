import type { CheckpointFiles } from "../checkpoint/checkpoint.ts";
import { givenNames } from "../checkpoint/files.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { streamSafetensors } from "../checkpoint/streamSafetensors.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import type { Device } from "../device/device.ts";
import { exportOnnx } from "../onnx/exportOnnx.ts";
import type { TrainingSession } from "../run/session.ts";
import { CARD_FILE, cardRunOf } from "./cardParts.ts";
import type { FileContent, FolderFiles } from "./content.ts";
import { mergedTensors } from "./merged.ts";
import { modelCard } from "./modelCard.ts";
import { pythonModelOf } from "./pythonModel.ts";
import { layerUpdates } from "./updates.ts";

/** Where a folder keeps the output layer of a task that has one of its own. */
export const HEAD_FILE = "head.safetensors";

/** What belongs to a tokenizer in the folders of the transformers library. */
const tokenizerFile =
  /^(tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json|vocab\.(txt|json)|merges\.txt|spiece\.model)$/;

/** What says how sentence vectors are made. */
const poolingFile = /^modules\.json$|\/config\.json$/;

/** Layers that stand beside a transformer, whose names never have its prefix. */
const besides = /^lm_head\./;

/** The checkpoint as training has left it, by the names that the model reads: with updates added, or trained in full. */
export async function trainedTensors(device: Device, session: TrainingSession): Promise<Map<string, HostTensor>> {
  const { network, model } = session;
  const tensors = new Map(mergedTensors(model.tensors, await layerUpdates(device, network, session.step)));
  if (network.method.kind !== "full") return tensors;
  for (const [name, { shape, values }] of await network.named.read())
    if (tensors.has(name))
      tensors.set(name, { shape, values: values instanceof Float32Array ? values : Float32Array.from(values) });
  return tensors;
}

/** The output layer of a task that has one of its own: `head.weight` and `head.bias`. */
export async function headFile({ network, model }: TrainingSession): Promise<ArrayBuffer | undefined> {
  const head = [...(await network.named.read())].filter(
    ([name]) => name.startsWith("head.") && !model.tensors.has(name),
  );
  return head.length > 0 ? writeSafetensors(new Map(head), { format: "pt" }) : undefined;
}

/**
 * The model without adapter as a folder that the transformers library loads: float32, under the names of the checkpoint
 * that it came from, with its config and tokenizer. Its weights are made as they are written.
 *
 * @param source the checkpoint's own files.
 */
export async function mergedFiles(
  device: Device,
  session: TrainingSession,
  source: CheckpointFiles,
): Promise<FolderFiles> {
  const { prefix, transformer } = session.model;
  const constants = new Set(transformer.tensors.filter(({ constant }) => constant).map(({ name }) => name));
  const tensors = [...(await trainedTensors(device, session))]
    .filter(([name]) => !constants.has(name))
    .map(([name, tensor]) => [besides.test(name) ? name : prefix + name, tensor] as const);
  const files: Record<string, FileContent> = {
    "model.safetensors": streamSafetensors(new Map(tensors), { format: "pt" }),
    "config.json": asFloat32(new TextDecoder().decode(await source.read("config.json"))),
  };
  // Other readers may look for what is not read here.
  const kept = givenNames(source).filter((name) => tokenizerFile.test(name));
  const poolings = source.names.filter((name) => poolingFile.test(name));
  for (const name of [...kept, ...poolings]) files[name] = await source.read(name);
  const head = await headFile(session);
  const run = { ...(await cardRunOf(session, source)), hasHead: head !== undefined };
  const python = pythonModelOf(session.config, transformer.family);
  return { ...files, ...(head && { [HEAD_FILE]: head }), [CARD_FILE]: modelCard(run, { kind: "merged", python }) };
}

/** The same for ONNX Runtime. */
export async function onnxFiles(
  device: Device,
  session: TrainingSession,
  source: CheckpointFiles,
): Promise<FolderFiles> {
  const head = await headFile(session);
  const files = exportOnnx(session.model.config, await trainedTensors(device, session));
  const run = { ...(await cardRunOf(session, source)), hasHead: head !== undefined };
  return { ...files, ...(head && { [HEAD_FILE]: head }), [CARD_FILE]: modelCard(run, { kind: "onnx" }) };
}

/** A config.json whose weights are now float32; the rest stays as written, since readers tell 1.0 from 1. */
function asFloat32(config: string): string {
  return config.replace(/("(?:torch_)?dtype"\s*:\s*)"[^"]*"/g, '$1"float32"');
}
