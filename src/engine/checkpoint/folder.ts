import { type CheckpointFiles, type OnProgress, readText } from "./files.ts";
import { MODULES, poolingParts } from "./pooling.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import { INDEX_FILE, shardsOf } from "./shardIndex.ts";
import { ADAPTER_HINT } from "./storedAs.ts";
import { tokenizerParts } from "./tokenizerFiles.ts";
import { isWeights, SINGLE_FILE } from "./weights.ts";

/** Levels of folders that are looked into: in a cache a model lies in a snapshot, and its modules in folders below. */
export const MAX_DEPTH = 4;

/** Whether a file of a folder is looked at, by its path within it. */
export function isSeen(path: string): boolean {
  const parts = path.split("/");
  return parts.length <= MAX_DEPTH && parts.every((part) => !part.startsWith(".") && part !== "__MACOSX");
}

/**
 * The files that a checkpoint consists of among those of a folder: exactly those that are read for it, so that nothing else
 * that lies there changes what it is. Names are paths within the folder, those of the result paths from where the model
 * lies: at its top, in the folder that modules.json names, or in the only folder that holds one.
 *
 * @throws RefusedFileError where there is no model, or several.
 */
export async function checkpointIn(given: CheckpointFiles): Promise<CheckpointFiles> {
  const paths = [...new Set(given.names)].filter(isSeen).sort();
  if (paths.length === 0)
    throw missing("there are no files", "Give the folder that holds config.json and the weights.");
  const { around, root, parts: modules, notes } = await modelRoot(given, paths);
  const within = (path: string) => (path.startsWith(root) ? path.slice(root.length) : undefined);
  const own = paths.flatMap((path) => within(path) ?? []);
  requireModel(own, paths);
  const parts = [
    ...(own.includes("config.json") ? ["config.json"] : []),
    ...tokenizerParts(own),
    ...(await weightParts(given, own, root)),
  ];
  // What modules.json and its folders say belongs to the model wherever that lies.
  const pathOf = new Map<string, string>();
  for (const name of parts) pathOf.set(name, root + name);
  for (const name of modules) pathOf.set(name, around + name);
  const read = new Set(pathOf.values());
  const real = (name: string) => pathOf.get(name) ?? name;
  const { size, slice, open } = given;
  return {
    names: [...pathOf.keys()],
    aside: [...(given.aside ?? []), ...paths.filter((path) => !read.has(path))],
    notes: [...(given.notes ?? []), ...notes],
    read: (name, onProgress) => given.read(real(name), onProgress),
    ...(open && { open: (name: string, onProgress?: OnProgress) => open.call(given, real(name), onProgress) }),
    ...(size && { size: (name: string) => size.call(given, real(name)) }),
    ...(slice && { slice: (name: string, from: number, to: number) => slice.call(given, real(name), from, to) }),
  };
}

/**
 * Where in a folder its model lies, as what stands before the names of its files, and what is `around` it: where its
 * modules are named, if they are.
 */
async function modelRoot(given: CheckpointFiles, paths: readonly string[]) {
  const isTop = paths.includes("config.json") || paths.includes(MODULES);
  const around = isTop ? "" : onlyFolder(modelFolders(paths));
  const inside = paths.flatMap((path) => (path.startsWith(around) ? path.slice(around.length) : []));
  const files = { names: inside, read: (name: string) => given.read(around + name) };
  const pooling = await poolingParts(files, inside);
  const within = pooling.root ?? (inside.includes("config.json") ? "" : onlyFolder(modelFolders(inside)));
  return { ...pooling, around, root: around + within };
}

/** Folders that hold a model, or the modules of one, each with a slash at its end. */
function modelFolders(paths: readonly string[]): string[] {
  const holding = (file: string) =>
    paths.filter((path) => path.endsWith(`/${file}`)).map((path) => path.slice(0, -file.length));
  const modular = holding(MODULES);
  const weights = new Set(paths.filter(isWeights).map((path) => path.slice(0, path.lastIndexOf("/") + 1)));
  const others = holding("config.json").filter(
    (folder) => weights.has(folder) && !modular.some((outer) => folder.startsWith(outer)),
  );
  return [...modular, ...others];
}

/** @throws RefusedFileError where there are several. */
function onlyFolder(folders: readonly string[]): string {
  if (folders.length > 1) {
    throw new RefusedFileError(
      "file-missing",
      `there are ${folders.length} models: ${listed(folders.map((folder) => folder.slice(0, -1)))}`,
      "Give the folder of one of them.",
    );
  }
  return folders[0] ?? "";
}

/** Refuses files that are something else than a model, by what they are. */
function requireModel(own: readonly string[], all: readonly string[]): void {
  const of = (pattern: RegExp) => all.filter((path) => pattern.test(path));
  const adapter = of(/(^|\/)adapter_(config\.json|model\.)/);
  if (adapter.length > 0 && !own.some(isWeights)) {
    throw new RefusedFileError(
      "adapter-alone",
      `${listed(adapter, 2)} belong to an adapter, not to a model`,
      ADAPTER_HINT,
    );
  }
  if (own.includes("config.json")) return;
  const single = of(/\.gguf$/);
  if (single.length > 0) {
    throw missing(
      `${listed(single)} is a GGUF file`,
      "Use the safetensors checkpoint that it was made from, with its config.json.",
    );
  }
  const archives = of(/\.(zip|tar|t?gz|7z|rar)$/);
  if (archives.length === all.length) {
    throw missing(
      `${listed(archives)} ${archives.length > 1 ? "are archives" : "is an archive"}, not a model`,
      "Unpack it and give the folder; the zip of an adapter is opened as an adapter.",
    );
  }
  if (all.some(isWeights)) return;
  const data = of(/\.(csv|tsv|jsonl|txt|json|parquet|arrow|xlsx)$/).filter((path) => !isOfModel(path));
  if (data.length > 0 && !all.some(isOfModel)) {
    throw missing(
      `${listed(data)} is data, not a model`,
      "Give it as data; a model is a folder with config.json and weights.",
    );
  }
}

const besideWeights =
  /(^|\/)(((adapter|generation|preprocessor|sentence_bert)_)?config|config_sentence_transformers|tokenizer\w*|vocab|special_tokens_map|added_tokens|modules|[\w.-]+\.index)\.json$|(^|\/)(vocab|merges)\.txt$/;

/** Whether a file belongs to a model, or to its adapter, by its name. */
export function isOfModel(path: string): boolean {
  return besideWeights.test(path) || isWeights(path) || path.endsWith(".safetensors");
}

/** The files with weights: as `openWeights` chooses them, or an ONNX file where that is all there is. */
async function weightParts(given: CheckpointFiles, own: readonly string[], root: string): Promise<readonly string[]> {
  if (own.includes(SINGLE_FILE)) return [SINGLE_FILE];
  const safetensors = own.filter((name) => /^[^/]*\.safetensors$/.test(name) && !name.startsWith("adapter_"));
  if (own.includes(INDEX_FILE)) {
    const files = { ...given, names: [INDEX_FILE], read: () => given.read(root + INDEX_FILE) };
    try {
      return [INDEX_FILE, ...shardsOf(await readText(files, INDEX_FILE, "index-not-json"), own).shards];
    } catch (error) {
      if (!(error instanceof RefusedFileError)) throw error;
      // What is wrong with it is said where it is read.
      return [INDEX_FILE, ...safetensors];
    }
  }
  if (safetensors.length > 0) return safetensors;
  const onnx = own.filter((name) => /^[^/]*\.onnx$/.test(name));
  return onnx.length === 1 ? onnx : [];
}

function missing(message: string, hint: string): RefusedFileError {
  return new RefusedFileError("file-missing", message, hint);
}

/** Which files are read and which are not, as a sentence. */
export function chosenInWords({ names, aside = [] }: CheckpointFiles): string {
  const left = aside.length > 0 ? `; left aside: ${listed(aside)}` : "";
  return `Read from ${listed(names, 8)}${left}.`;
}
