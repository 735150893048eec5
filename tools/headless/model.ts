import path from "node:path";
import { chosenInWords } from "../../src/engine/checkpoint/folder.ts";
import { type InspectedModel, inspectModel } from "../../src/engine/model/loadModel.ts";
import { describeReference, parseReference } from "../../src/engine/model/reference.ts";
import { type FolderModel, filesAs, folderModel } from "../../src/engine/onnx/modelFolder.ts";
import type { Tell } from "../commandLine.ts";
import { filesIn } from "../disk.ts";

/** A model from a folder, looked at. */
export interface OpenedModel extends FolderModel {
  readonly inspected: InspectedModel;
}

/**
 * The model in a folder, and what it is called: what the experiment calls it where it is that one.
 *
 * @param wanted the experiment's reference.
 * @param tell hears what is read, what is left aside, and what is odd about it.
 */
export async function openModel(folder: string, wanted: string, tell: Tell): Promise<OpenedModel> {
  const all = filesIn(folder);
  const own = await folderModel(path.basename(path.resolve(folder)), all);
  const known = own.reference === wanted ? undefined : await filesAs(wanted, all);
  const { reference, files } = known ? { reference: wanted, files: known } : own;
  tell(`${folder}: ${chosenInWords(files)}`, true);
  if (reference !== wanted && parseReference(wanted).kind !== "bundled") {
    tell(
      `The experiment is about ${describeReference(wanted)}; it runs on ${describeReference(reference)} instead.`,
      true,
    );
  }
  const inspected = await inspectModel(files);
  for (const { message } of inspected.warnings) tell(message, true);
  return { reference, files, inspected };
}
