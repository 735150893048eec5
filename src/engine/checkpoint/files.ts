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
   * Bytes `from` up to `to` of a file. Sources that have it, and `size`, let headers be read without what follows them.
   *
   * @throws CheckpointError like `read`.
   */
  slice?(file: string, from: number, to: number): Promise<ArrayBuffer>;
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
