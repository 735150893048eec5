import type { CheckpointFiles } from "../engine/checkpoint/checkpoint.ts";
import { CheckpointError } from "../engine/errors.ts";
import type { NamedFile } from "./rpc.ts";

/** Checkpoints and data that were given to the page as files, by what settings call them. */
export type LocalFiles = Map<string, readonly NamedFile[]>;

/** Files in the visitor's hands as those of a checkpoint; they are read only when they are needed. */
export function checkpointFiles(offered: readonly NamedFile[]): CheckpointFiles {
  const contentOf = (file: string): Blob => {
    const found = offered.find(({ name }) => name === file);
    if (found) return found.content;
    throw new CheckpointError(
      `${file} is not among the files`,
      `There are: ${offered.map(({ name }) => name).join(", ")}.`,
    );
  };
  const bytesOf = async (file: string, part: Blob): Promise<ArrayBuffer> => {
    try {
      return await part.arrayBuffer();
    } catch (cause) {
      throw new CheckpointError(
        `${file} can no longer be read`,
        "It was moved, changed or removed since it was opened; open it again.",
        { cause },
      );
    }
  };
  return {
    names: offered.map(({ name }) => name),
    async read(file, onProgress) {
      const buffer = await bytesOf(file, contentOf(file));
      onProgress?.(buffer.byteLength, buffer.byteLength);
      return buffer;
    },
    size: async (file) => contentOf(file).size,
    slice: async (file, from, to) => bytesOf(file, contentOf(file).slice(from, to)),
  };
}
