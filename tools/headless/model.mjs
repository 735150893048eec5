import path from "node:path";
import { filesIn } from "../engine.mjs";

/**
 * The model in a folder, and what it is called: what the experiment calls it where it is that one.
 *
 * @param wanted the experiment's reference.
 * @param tell shows a line: what is read, what is left aside, and what is odd about it.
 */
export async function openModel(folder, wanted, load, tell) {
  const { filesAs, folderModel } = await load("/src/engine/onnx/modelFolder.ts");
  const { inspectModel } = await load("/src/engine/model/loadModel.ts");
  const { describeReference, parseReference } = await load("/src/engine/model/reference.ts");
  const { chosenInWords } = await load("/src/engine/checkpoint/folder.ts");
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
