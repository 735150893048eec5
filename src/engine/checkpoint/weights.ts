import { type CheckpointFiles, type FileBytes, givenNames, type OnProgress, openFile, readText } from "./files.ts";
import { listed, RefusedFileError, shown } from "./refusal.ts";
import { SafetensorsFile } from "./safetensors.ts";
import {
  headerEnd,
  PREAMBLE,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
  tensorNames,
} from "./safetensorsHeader.ts";
import { INDEX_FILE, shardsOf } from "./shardIndex.ts";

/** The weights where they are in one file. */
export const SINGLE_FILE = "model.safetensors";

/** Whether a file holds a model's weights by its name, in whichever format; what trainers save beside them does not. */
export function isWeights(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/^(adapter_|training_args|optimizer|scheduler|scaler|rng_state)/.test(name)) return false;
  return /\.(safetensors|bin|pt|pth|ckpt|gguf|h5|msgpack|onnx)$/.test(name);
}

interface Part {
  readonly file: string;
  readonly header: SafetensorsHeader;
  /** Bytes of the file. */
  readonly size: number;
  /** The file, where it had to be opened to see its header. */
  readonly bytes: FileBytes | undefined;
}

/** The weights of a checkpoint, in one safetensors file or in several; their headers are read and agree. */
export class Weights {
  /** What messages call them: the file, or the index of the files. */
  readonly name: string;
  /** What the headers say of each tensor, by its name. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Names of tensors; scales of I8 matrices are part of these and have none of their own. */
  readonly names: readonly string[];
  readonly #files: CheckpointFiles;
  readonly #parts: readonly Part[];

  constructor(name: string, files: CheckpointFiles, parts: readonly Part[]) {
    this.name = name;
    this.#files = files;
    this.#parts = parts;
    const entries = new Map<string, TensorEntry>();
    for (const { file, header } of parts) {
      for (const [tensor, entry] of header.entries) {
        if (entries.has(tensor)) {
          throw new RefusedFileError("tensor-twice", `${file}: ${shown(tensor)} is in another file of ${name} too`);
        }
        entries.set(tensor, entry);
      }
    }
    this.entries = entries;
    // A matrix and its scales are looked for in one file, so that names are taken file by file.
    this.names = parts.flatMap(({ header }) => tensorNames(header.entries));
    this.metadata = new Map(parts.flatMap(({ header }) => [...header.metadata]));
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#parts.reduce((sum, { size }) => sum + size, 0);
  }

  /** All files, opened. @param onProgress of those that are fetched first, or read whole. */
  async open(onProgress?: OnProgress): Promise<readonly SafetensorsFile[]> {
    const opened: SafetensorsFile[] = [];
    let before = 0;
    for (const { file, size, bytes } of this.#parts) {
      const loaded = before;
      before += size;
      const tell: OnProgress = (read) => onProgress?.(loaded + read, this.bytes);
      opened.push(new SafetensorsFile(bytes ?? (await openFile(this.#files, file, tell)), file));
    }
    return opened;
  }
}

/**
 * Reads the headers of a checkpoint's weights: of `model.safetensors`, or of the files that
 * `model.safetensors.index.json` lists, or of the only safetensors file that there is.
 *
 * @param onProgress of files that cannot be read in slices and are therefore read whole now.
 * @throws RefusedFileError when there are none, a header breaks a rule, or files and index disagree.
 */
export async function openWeights(files: CheckpointFiles, onProgress?: OnProgress): Promise<Weights> {
  const { names } = files;
  if (names.includes(SINGLE_FILE)) return single(files, SINGLE_FILE, onProgress);
  if (names.includes(INDEX_FILE)) return sharded(files, onProgress);
  const others = names.filter((name) => /\.safetensors$/.test(name) && !name.startsWith("adapter_"));
  if (others.length === 1) return single(files, others[0]!, onProgress);
  if (others.length > 1) {
    throw new RefusedFileError(
      "file-missing",
      `there are ${others.length} safetensors files and neither ${SINGLE_FILE} nor ${INDEX_FILE}: ${listed(others)}`,
      "Give the index as well, or only the file that holds the model.",
    );
  }
  const foreign = givenNames(files).filter((name) => isWeights(name) && !name.endsWith(".safetensors"));
  throw new RefusedFileError(
    "file-missing",
    `${SINGLE_FILE} is missing`,
    foreign.length > 0
      ? `Convert ${listed(foreign)} to safetensors, for example with save_pretrained in transformers.`
      : "Give all files of the checkpoint's folder.",
  );
}

async function single(files: CheckpointFiles, file: string, onProgress?: OnProgress): Promise<Weights> {
  return new Weights(file, files, [await readPart(files, file, onProgress)]);
}

async function sharded(files: CheckpointFiles, onProgress?: OnProgress): Promise<Weights> {
  const { shards, placed } = shardsOf(await readText(files, INDEX_FILE, "index-not-json"), files.names);
  const parts = new Map<string, Part>();
  let before = 0;
  for (const shard of shards) {
    const loaded = before;
    const part = await readPart(files, shard, (bytes) => onProgress?.(loaded + bytes));
    before += part.size;
    parts.set(shard, part);
  }
  const lacking = [...placed].filter(([tensor, shard]) => !parts.get(shard)!.header.entries.has(tensor));
  if (lacking.length > 0) {
    const [tensor, shard] = lacking[0]!;
    throw new RefusedFileError(
      "shard-lacks-tensor",
      `${shard} lacks ${shown(tensor)}, which ${INDEX_FILE} says is in it${lacking.length > 1 ? `; so it is with ${lacking.length - 1} more` : ""}`,
      "Take all files from the same checkpoint.",
    );
  }
  return new Weights(INDEX_FILE, files, [...parts.values()]);
}

async function readPart(files: CheckpointFiles, file: string, onProgress?: OnProgress): Promise<Part> {
  if (!files.slice || !files.size) {
    const bytes = await openFile(files, file, onProgress);
    const { size } = bytes;
    const end = headerEnd(bytes.at(0, Math.min(PREAMBLE, size)), size, file);
    return { file, header: parseHeader(bytes.at(8, end), size, file), size, bytes };
  }
  const size = await files.size(file);
  const end = headerEnd(new Uint8Array(await files.slice(file, 0, Math.min(PREAMBLE, size))), size, file);
  const header = parseHeader(new Uint8Array(await files.slice(file, 8, end)), size, file);
  return { file, header, size, bytes: undefined };
}
