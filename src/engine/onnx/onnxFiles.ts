import type { CheckpointFiles } from "../checkpoint/checkpoint.ts";
import { checkpointIn } from "../checkpoint/folder.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { readOnnxWeights } from "./readWeights.ts";

const WEIGHTS = "model.safetensors";

/** The files of the checkpoint in a folder, as `checkpointIn` finds them, with its weights as safetensors. */
export async function modelIn(given: CheckpointFiles): Promise<CheckpointFiles> {
  return withOnnxWeights(await checkpointIn(given));
}

/**
 * The files of a checkpoint whose weights are only there as ONNX, with these as safetensors. Files with safetensors, or
 * with no or several ONNX files, are what they were.
 */
export function withOnnxWeights(files: CheckpointFiles): CheckpointFiles {
  const [onnx, ...others] = files.names.filter((name) => name.endsWith(".onnx"));
  if (onnx === undefined || others.length > 0 || files.names.some((name) => /\.safetensors(\.|$)/.test(name)))
    return files;
  const { aside = [], notes = [] } = files;
  return {
    aside,
    notes,
    names: [...files.names.filter((name) => name !== onnx), WEIGHTS],
    async read(file, onProgress) {
      if (file !== WEIGHTS) return files.read(file, onProgress);
      return writeSafetensors(readOnnxWeights(await files.read(onnx, onProgress), onnx), {
        format: "pt",
        source: onnx,
      });
    },
  };
}
