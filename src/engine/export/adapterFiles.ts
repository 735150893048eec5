import { foreignKind } from "../checkpoint/beginnings.ts";
import { listed, RefusedFileError } from "../checkpoint/refusal.ts";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { peftNames } from "./openPeft.ts";
import { isOfAdapter } from "./peftEntries.ts";
import { unzipped } from "./unzip.ts";

/** A file that was given, with the folders above it in its name; it is read only where it is needed. */
export interface GivenFile {
  readonly name: string;
  read(): Promise<ArrayBuffer>;
}

/** What was given: a run's own file, or the two files of PEFT by their names. */
export type AdapterFiles =
  | { readonly kind: "native"; readonly name: string; readonly content: ArrayBuffer }
  | { readonly kind: "peft"; readonly files: ReadonlyMap<string, ArrayBuffer> };

interface ReadFile {
  readonly name: string;
  readonly content: ArrayBuffer;
}

const NATIVE = "rankscope.safetensors";
const [CONFIG, WEIGHTS] = peftNames;
/** PyTorch's own file of the same tensors. */
const PICKLED = "adapter_model.bin";
const OPEN_WHAT = `Open a zip that was exported here or its ${NATIVE}, or the folder that PEFT saves, as a zip or as its files.`;

/**
 * Finds the adapter in a zip, a folder or loose files, which all are the same to it.
 *
 * @throws RefusedFileError where there is none, saying what there is instead, or where there are several.
 */
export async function adapterIn(given: readonly GivenFile[]): Promise<AdapterFiles> {
  const [only, second] = given;
  if (!only) throw none("there is no file");
  if (second) return among(given, nameOf(given));
  const file = { name: only.name, content: await only.read() };
  if (startsWith(file, "PK")) {
    const files = [...unzipped(file.content, file.name)];
    return among(
      files.map(([name, content]) => ({ name, read: async () => content })),
      file.name,
    );
  }
  if (baseName(file.name) === CONFIG) throw lacking(file.name, WEIGHTS);
  const other = whatIs(file);
  if (other) throw other;
  // It may be a damaged file of a run, which its reader says.
  return { kind: "native", ...file };
}

/** @param where what holds the files, for messages. */
async function among(all: readonly GivenFile[], where: string): Promise<AdapterFiles> {
  const files = all.filter(({ name }) => !/(^|\/)(__MACOSX\/|\._|\.DS_Store$)/.test(name));
  const folders = new Set(files.filter(({ name }) => isPart(name)).map(({ name }) => folderOf(name)));
  if (folders.size > 1) {
    const names = [...folders].map((folder) => folder || "its top").sort();
    throw new RefusedFileError(
      "adapter-unsupported",
      `${where} holds ${names.length} adapters: ${listed(names)}`,
      "Open one of these folders by itself, as a zip or as its files.",
    );
  }
  const [folder] = folders;
  if (folder === undefined) throw foreign(files, where);
  const parts = new Map(
    files.filter(({ name }) => folderOf(name) === folder).map((file) => [baseName(file.name), file]),
  );
  const native = parts.get(NATIVE);
  if (native) return { kind: "native", name: NATIVE, content: await native.read() };
  const [config, weights] = peftNames.map((name) => parts.get(name));
  if (config && weights) {
    return {
      kind: "peft",
      files: new Map([
        [CONFIG, await config.read()],
        [WEIGHTS, await weights.read()],
      ]),
    };
  }
  if (weights) throw lacking(`${where} with ${WEIGHTS}`, CONFIG);
  if (parts.has(PICKLED)) throw pickled(`${where}: ${PICKLED}`);
  throw lacking(`${where} with ${CONFIG}`, WEIGHTS);
}

/** The folder that all files lie in. */
function nameOf(files: readonly GivenFile[]): string {
  const [top] = files[0]!.name.split("/");
  return files.every(({ name }) => name.startsWith(`${top}/`)) ? top! : "what was given";
}

function isPart(name: string): boolean {
  return [NATIVE, CONFIG, WEIGHTS, PICKLED].includes(baseName(name));
}

/** What files that hold no adapter are. */
function foreign(files: readonly GivenFile[], where: string): RefusedFileError {
  const names = files.map(({ name }) => baseName(name));
  if (names.includes("config.json")) {
    return none(`${where} is a model's: it has config.json and no ${CONFIG}`, "Open it as a model.");
  }
  if (names.includes("[Content_Types].xml")) return none(`${where} is an Office document`);
  if (names.some((name) => name === "data.pkl")) return pickled(where);
  if (names.length === 0) return none(`${where} is empty`);
  const zip = names.find((name) => name.endsWith(".zip"));
  if (zip !== undefined) return none(`${where} has ${listed(names)}`, `Open one file, such as ${zip}, by itself.`);
  return none(`${where} has ${listed(names)}`);
}

/** What a file is instead of an adapter; nothing where it may be a file of a run. */
function whatIs(file: ReadFile): RefusedFileError | undefined {
  const { name } = file;
  const bytes = new Uint8Array(file.content, 0, Math.min(file.content.byteLength, 4096));
  if (/\.safetensors$/i.test(name)) return ofWeights(file);
  if (bytes.length === 0) return none(`${name} is empty`);
  const foreign = foreignKind(bytes);
  if (foreign) return none(`${name} is ${foreign.what}${foreign.kind === "archive" ? "; only zips are read" : ""}`);
  if (startsWith(file, "\x80") || /\.(bin|pt|pth|ckpt)$/i.test(name)) return pickled(name);
  const text = textOf(bytes);
  if (text === undefined) return ofWeights(file);
  if (/^version https:\/\/git-lfs/.test(text)) {
    return none(`${name} is a pointer of Git LFS and not the file itself`, "Download the file itself.");
  }
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return none(`${name} is a web page`);
  const extension = /\.(csv|tsv|jsonl)$/i.exec(name)?.[1]?.toUpperCase();
  if (extension) return none(`${name} is a ${extension} file`, "Open it as data.");
  if (/^\s*[[{]/.test(text)) {
    return none(`${name} is a JSON file`, `If it is an experiment, open it as one. ${OPEN_WHAT}`);
  }
  return none(`${name} is a text`, `If it is data, open it as data. ${OPEN_WHAT}`);
}

/** What a safetensors file holds instead of a run; nothing where it is one's, or damaged. */
function ofWeights(file: ReadFile): RefusedFileError | undefined {
  let weights: SafetensorsFile;
  try {
    weights = new SafetensorsFile(file.content, file.name);
  } catch (error) {
    if (error instanceof RefusedFileError) return undefined;
    throw error;
  }
  const { names, metadata } = weights;
  // One of these is left, whatever else of a run's file was changed.
  const isOfRun = metadata.get("format") === "rankscope" || metadata.has("experiment") || metadata.has("sha256");
  if (isOfRun) return undefined;
  if (names.some(isOfAdapter)) return lacking(file.name, CONFIG);
  return none(`${file.name} is the weights of a model`, "Open it as a model, with its config.json.");
}

function pickled(what: string): RefusedFileError {
  return new RefusedFileError(
    "adapter-unsupported",
    `${what} is a file of PyTorch's own format, which can run programs and is not read`,
    `Save it as safetensors in Python:
tensors = torch.load("${PICKLED}", weights_only=True)
safetensors.torch.save_file(tensors, "${WEIGHTS}")`,
  );
}

function lacking(what: string, name: string): RefusedFileError {
  return new RefusedFileError(
    "file-missing",
    `${what} is half of an adapter: ${name} is missing beside it`,
    "Open both files together, or a zip of the folder that PEFT saves.",
  );
}

function none(what: string, hint = OPEN_WHAT): RefusedFileError {
  return new RefusedFileError("adapter-unsupported", `no adapter: ${what}`, hint);
}

/** The beginning of a file as text; nothing where it is none. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what tells other files from texts.
    return /[\0-\x08\x0e-\x1a]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function startsWith({ content }: ReadFile, magic: string): boolean {
  const bytes = new Uint8Array(content, 0, Math.min(magic.length, content.byteLength));
  return bytes.length === magic.length && bytes.every((byte, at) => byte === magic.charCodeAt(at));
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}
