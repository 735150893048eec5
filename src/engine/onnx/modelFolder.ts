import type { CheckpointFiles, OnProgress } from "../checkpoint/checkpoint.ts";
import { fingerprintOf } from "../checkpoint/fingerprint.ts";
import { parseReference, referenceName } from "../model/reference.ts";
import { modelIn, withOnnxWeights } from "./onnxFiles.ts";

/** A model from files as settings name it. */
export interface FolderModel {
  readonly reference: string;
  /** The files that it consists of, which are those that the reference's hash is of. */
  readonly files: CheckpointFiles;
}

/**
 * The model in a folder and what settings call it, the same wherever the folder is opened and whatever else lies in it.
 *
 * @param name of the folder.
 * @param given all files of the folder.
 * @param onFile how many of how many files are hashed.
 * @throws RefusedFileError where there is no model, or several.
 */
export async function folderModel(
  name: string,
  given: CheckpointFiles,
  onFile?: (done: number, all: number) => void,
): Promise<FolderModel> {
  const files = await modelIn(given);
  const hash = await fingerprintOf(files, (done) => onFile?.(done, files.names.length));
  return { reference: `file:${referenceName(name)}~${hash.slice(0, 16)}`, files };
}

/**
 * The files in a folder that a reference stands for: those that are read today, or those that it was made of when the page
 * hashed all that looked like parts of a checkpoint, and the command line all that there was.
 *
 * @returns nothing where the folder holds another model.
 */
export async function filesAs(reference: string, given: CheckpointFiles): Promise<CheckpointFiles | undefined> {
  const asked = parseReference(reference);
  if (asked.kind !== "file") return undefined;
  const files = await modelIn(given);
  for (const each of [files, ...earlierChoices(given)]) {
    if ((await fingerprintOf(each)).slice(0, 16) !== asked.hash) continue;
    const isFollowed = each !== files && files.names.some((name) => name.includes("/"));
    return isFollowed ? { ...each, notes: [EARLIER] } : each;
  }
  return undefined;
}

const EARLIER =
  "The experiment was made when sentence vectors were always the mean over tokens; so they are, and the folder's own pooling is left aside.";

/** What earlier versions of the page took for parts of a checkpoint, by names without folders. */
const EARLIER_PARTS =
  /(\.safetensors|\.safetensors\.index\.json|\.onnx|^(config|tokenizer|tokenizer_config|vocab)\.json|^(vocab|merges)\.txt)$/;

/** The files that earlier versions hashed: at a command line, of a folder that was dropped, of one that was picked. */
function earlierChoices(given: CheckpointFiles): CheckpointFiles[] {
  const paths = [...new Set(given.names)];
  const atTop = paths.filter((path) => !path.includes("/"));
  const base = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  const choices = [
    atTop,
    atTop.filter((name) => EARLIER_PARTS.test(name)),
    // Files of folders within stood beside the others, and of two of one name the first counted.
    paths.map(base).filter((name) => EARLIER_PARTS.test(name)),
  ];
  const unlike = choices.filter((names, at) => {
    const key = [...names].sort().join("\n");
    return names.length > 0 && choices.findIndex((other) => [...other].sort().join("\n") === key) === at;
  });
  const pathOf = (name: string) => (paths.includes(name) ? name : paths.find((path) => base(path) === name)!);
  return unlike.flatMap((names): CheckpointFiles[] => {
    const { size, slice, open } = given;
    const files: CheckpointFiles = {
      names,
      read: (name, onProgress) => given.read(pathOf(name), onProgress),
      ...(open && { open: (name: string, onProgress?: OnProgress) => open.call(given, pathOf(name), onProgress) }),
      ...(size && { size: (name: string) => size.call(given, pathOf(name)) }),
      ...(slice && { slice: (name: string, from: number, to: number) => slice.call(given, pathOf(name), from, to) }),
    };
    const converted = withOnnxWeights(files);
    return converted === files ? [files] : [files, converted];
  });
}
