// Files and folders that a call names, as absolute paths; what is none of the kind that is asked for is refused by name.
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { listed } from "../../src/engine/checkpoint/refusal.ts";
import { describe } from "../../src/engine/run/failure.ts";
import { UsageError } from "../commandLine.ts";

const dataFile = /\.(csv|tsv|tab|txt|jsonl|ndjson|json)$/i;
const weights = /\.(safetensors|bin|gguf|pt|pth|onnx|h5)$/i;

type InWords = readonly [what: string, toDo: string];

/** Beginnings of files that hold others or are no text, with what to do about them. */
const containers: readonly (readonly [magic: string, inWords: (name: string) => InWords | undefined])[] = [
  ["504b0304", (name) => (/\.(xlsx|ods|xlsm)$/i.test(name) ? ["a spreadsheet", "save it as CSV UTF-8"] : undefined)],
  ["504b0304", () => ["a zip archive", "unpack it and name what is in it"]],
  ["d0cf11e0", () => ["an old Office document", "save it as CSV UTF-8"]],
  ["1f8b", () => ["a gzip archive", "unpack it first"]],
  ["28b52ffd", () => ["a zstd archive", "unpack it first"]],
  ["377abcaf271c", () => ["a 7z archive", "unpack it first"]],
  ["425a68", () => ["a bzip2 archive", "unpack it first"]],
  ["50415231", () => ["a Parquet file", "save its rows as CSV or JSONL"]],
  ["53514c69746520", () => ["an SQLite data base", "save the rows of a table as CSV"]],
  ["25504446", () => ["a PDF file", "save its text as TXT"]],
];

/** The file of tuned kernels that follows a flag. @throws UsageError. */
export function givenTuning(typed: string, folder: string): string {
  const file = path.resolve(folder, typed);
  if (isFile(file)) return file;
  throw new UsageError(
    `--tuning ${named(typed, file)} is no file; give the tuning.json that --tune left or the page has downloaded`,
  );
}

/** The data file that follows a flag. @throws UsageError. */
export function givenData(typed: string, folder: string): string {
  const file = resolved("--data", typed, folder, "give a file on this machine");
  const shown = `--data ${named(typed, file)}`;
  if (!existsSync(file)) throw new UsageError(`${shown} is no file: nothing is there${relativeTo(typed, folder)}`);
  if (statSync(file).isDirectory()) {
    const entries = readdirSync(file);
    const files = entries.filter((name) => dataFile.test(name) && isFile(path.join(file, name)));
    if (entries.includes("config.json")) {
      throw new UsageError(`${shown} is a checkpoint's folder: give it to --model, and a file of data to --data`);
    }
    throw new UsageError(
      `${shown} is a folder, and one file is read: ${files.length > 0 ? `name one of ${listed(files)}` : "none in it looks like data (CSV, TSV, JSONL, JSON, TXT)"}`,
    );
  }
  if (!statSync(file).isFile()) throw new UsageError(`${shown} is no regular file; write what it gives into one first`);
  if (weights.test(file)) throw new UsageError(`${shown} holds weights: give its folder to --model`);
  const container = containerIn(file);
  if (container) throw new UsageError(`${shown} is ${container[0]}; ${container[1]}`);
  return file;
}

/** The folder of a checkpoint that follows a flag. @throws UsageError. */
export function givenModel(typed: string, folder: string): string {
  const model = resolved("--model", typed, folder, "download its files into a folder and name that");
  const shown = `--model ${named(typed, model)}`;
  if (!existsSync(model)) {
    const isHub = /^[\w.-]+\/[\w.-]+(@[\w.-]+)?$/.test(typed) && !typed.startsWith(".");
    throw new UsageError(
      `${shown} is no folder: nothing is there${relativeTo(typed, folder)}${isHub ? "; from Hugging Face nothing is fetched here: download its files into a folder and name that" : ""}`,
    );
  }
  if (statSync(model).isDirectory()) return model;
  if (/\.(safetensors|json|txt)$/i.test(model) || weights.test(model)) {
    throw new UsageError(`${shown} is a file: name the folder that it lies in, ${path.dirname(model)}`);
  }
  const [what, todo] = containerIn(model) ?? ["a file", "name the folder of a checkpoint"];
  throw new UsageError(`${shown} is ${what}; ${todo}`);
}

/**
 * The file that a link or an experiment stands in; undefined where the argument is the link itself.
 *
 * @throws UsageError where it is something else.
 */
export function givenExperiment(typed: string, folder: string): string | undefined {
  const file = path.resolve(folder, typed);
  if (!existsSync(file)) return undefined;
  if (statSync(file).isDirectory()) {
    const [own] = ["experiment.json"].filter((name) => existsSync(path.join(file, name)));
    const todo = own ? `give ${path.join(typed, own)}` : "give a link or an experiment.json";
    throw new UsageError(`${file} is a folder; ${todo}`);
  }
  if (!statSync(file).isFile()) throw new UsageError(`${file} is no regular file; give a link or an experiment.json`);
  const container = containerIn(file);
  if (container) {
    throw new UsageError(`${file} is ${container[0]}, neither a link nor an experiment; ${container[1]}`);
  }
  return file;
}

/** What arguments too many may have been meant as, such as data that no flag stands before. */
export function meantAs(typed: string, folder: string): string | undefined {
  const file = path.resolve(folder, typed);
  if (!existsSync(file)) return undefined;
  if (statSync(file).isDirectory()) return `${typed} is a folder: put --model before it if it is the checkpoint`;
  return dataFile.test(file) && path.basename(file) !== "experiment.json"
    ? `${typed} is a file: put --data before it if it is the data`
    : undefined;
}

function resolved(flag: string, typed: string, folder: string, instead: string): string {
  if (/^(https?|ftp|hf|s3|gs):/i.test(typed)) {
    throw new UsageError(`${flag} ${typed} is an address, and nothing is fetched here; ${instead}`);
  }
  return path.resolve(folder, typed);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A path as it was typed, with what it stands for. */
function named(typed: string, file: string): string {
  return typed === file ? typed : `${typed} (${file})`;
}

function relativeTo(typed: string, folder: string): string {
  return path.isAbsolute(typed) ? "" : `; paths are relative to where the call was typed, ${folder}`;
}

function containerIn(file: string): InWords | undefined {
  const beginning = Buffer.alloc(8);
  try {
    const opened = openSync(file, "r");
    readSync(opened, beginning, 0, beginning.length, 0);
    closeSync(opened);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${describe(error).message}`);
  }
  const hex = beginning.toString("hex");
  for (const [magic, inWords] of containers) {
    const words = hex.startsWith(magic) && inWords(file);
    if (words) return words;
  }
  return undefined;
}
