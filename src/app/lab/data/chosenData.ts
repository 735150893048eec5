import { isOfModel } from "../../../engine/checkpoint/folder.ts";
import { listed } from "../../../engine/checkpoint/refusal.ts";
import { EngineError } from "../../../engine/errors.ts";
import type { NamedFile } from "../../../worker/rpc.ts";

/** The file of data that is looked at, and what was said of those that are not. */
export interface ChosenData {
  readonly file: NamedFile;
  readonly notice?: string;
}

const TABLE = /\.(csv|tsv|tab|jsonl|ndjson|json|txt|text)$/i;

/**
 * Which of several files is looked at: the one that looks like data, and among several the one for training.
 *
 * @param folder the folder that they lie in, where one was dropped.
 * @throws EngineError where none of them is data.
 */
export function chosenData(files: readonly NamedFile[], folder?: string): ChosenData {
  const where = folder === undefined ? "" : `The folder ${folder}`;
  if (folder !== undefined && files.length === 0)
    throw new EngineError(`${where} has no files in it`, "Drop the file with the rows.");
  const [only] = files;
  const isPart = ({ name }: NamedFile) => TABLE.test(name) && !isOfModel(name);
  const parts = files.filter(isPart);
  if (parts.length === 0 && files.some(({ name }) => isOfModel(name))) {
    throw new EngineError(
      `${folder === undefined ? listed(files.map(({ name }) => name)) : where} ${folder === undefined && files.length > 1 ? "belong" : "belongs"} to a model, not to data`,
      "Open it under Model, “Open another model”.",
    );
  }
  if (parts.length === 0 && (folder !== undefined || files.length > 1)) {
    throw new EngineError(
      `${folder === undefined ? "None of the files is" : `${where} has no file that is`} CSV, TSV, JSONL, JSON or TXT`,
      "Drop the file with the rows.",
    );
  }
  const file = parts.find(({ name }) => /train/i.test(name)) ?? parts[0] ?? only!;
  const others = files.filter((each) => each !== file).map(({ name }) => name);
  if (others.length === 0) return folder === undefined ? { file } : { file, notice: `From the folder ${folder}.` };
  return {
    file,
    notice: `Only ${file.name} is read${folder === undefined ? "" : ` of the folder ${folder}`}, since rows for training and validation come from one file. Left aside: ${listed(others)}.`,
  };
}
