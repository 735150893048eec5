import { type RefusalCode, RefusedFileError } from "./refusal.ts";

/** Bytes so far, and altogether where that is known. */
export type OnProgress = (loaded: number, total?: number) => void;

/** The files of a checkpoint, wherever they lie: in the page's own origin, in the visitor's hands, on disk. */
export interface CheckpointFiles {
  /** Names of the files that there are. */
  readonly names: readonly string[];
  /** Names of files that lie beside them and are not read, where they were looked at. */
  readonly aside?: readonly string[];
  /** What should be said of the choice. */
  readonly notes?: readonly string[];
  /** @throws CheckpointError when the file is not there or cannot be had. */
  read(file: string, onProgress?: OnProgress): Promise<ArrayBuffer>;
  /** Bytes that a file has. */
  size?(file: string): Promise<number>;
  /**
   * A file, to be read piece by piece. Sources that have it never hold a file as a whole.
   *
   * @throws CheckpointError like `read`.
   */
  open?(file: string, onProgress?: OnProgress): Promise<FileBytes>;
  /**
   * Bytes `from` up to `to` of a file. Sources that have it, and `size`, let headers be read without what follows them.
   *
   * @throws CheckpointError like `read`.
   */
  slice?(file: string, from: number, to: number): Promise<ArrayBuffer>;
}

/** A file that is read where and as far as it is asked for. Both ways throw a CheckpointError when it can no longer be read. */
export interface FileBytes {
  readonly size: number;
  /** Bytes `from` up to `to` at once, for what is small; not to be changed, since what lies in memory is not copied. */
  at(from: number, to: number): Uint8Array<ArrayBuffer>;
  /** The same in stretches of `STRETCH_BYTES`, the last one shorter; each is good until the next one is asked for. */
  stretches(from: number, to: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Bytes of a file that are read at once. */
export const STRETCH_BYTES = 4 * 2 ** 20;

/** A file to be read piece by piece; of sources that cannot, it is read whole. @throws CheckpointError. */
export async function openFile(files: CheckpointFiles, file: string, onProgress?: OnProgress): Promise<FileBytes> {
  return files.open ? files.open(file, onProgress) : inMemory(await files.read(file, onProgress));
}

/** A file that is in memory as a whole. */
export function inMemory(buffer: ArrayBuffer): FileBytes {
  return readingAt(buffer.byteLength, (from, to) => new Uint8Array(buffer, from, to - from));
}

/** A file that every stretch is read of by itself. */
export function readingAt(size: number, at: FileBytes["at"]): FileBytes {
  return {
    size,
    at,
    async *stretches(from, to) {
      for (let begin = from; begin < to; begin += STRETCH_BYTES) yield at(begin, Math.min(to, begin + STRETCH_BYTES));
    },
  };
}

/** Names of all files that were given, read or not: what could be meant where something is missing. */
export function givenNames({ names, aside = [] }: CheckpointFiles): readonly string[] {
  return [...names, ...aside];
}

/** What a checkpoint consists of where nothing else is said. */
export const usualFiles = ["config.json", "tokenizer.json", "model.safetensors"] as const;

/**
 * A file as text, by its own bytes: nothing is mended, no byte order mark dropped.
 *
 * @param damaged the code for bytes that are not UTF-8.
 * @throws RefusedFileError
 */
export async function readText(files: CheckpointFiles, file: string, damaged: RefusalCode): Promise<string> {
  if (!files.names.includes(file)) {
    throw new RefusedFileError("file-missing", `${file} is missing`, "Give all files of the checkpoint's folder.");
  }
  const buffer = await files.read(file);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(buffer);
  } catch (cause) {
    throw new RefusedFileError(damaged, `${file} is not UTF-8 text`, undefined, { cause });
  }
}
