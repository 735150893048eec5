import type { CheckpointFiles } from "../engine/checkpoint/checkpoint.ts";
import { CheckpointError } from "../engine/errors.ts";
import type { NamedFile } from "./requests.ts";

/** Checkpoints that were given to the page as files, by what settings call them. */
export type Offers = Map<string, readonly NamedFile[]>;

/** Files in the visitor's hands as those of a checkpoint; they are read only when they are needed. */
export function offeredFiles(offered: readonly NamedFile[]): CheckpointFiles {
  return {
    names: offered.map(({ name }) => name),
    async read(file, onProgress) {
      const found = offered.find(({ name }) => name === file);
      if (!found)
        throw new CheckpointError(
          `${file} is not among the files`,
          `There are: ${offered.map(({ name }) => name).join(", ")}.`,
        );
      try {
        const buffer = await found.content.arrayBuffer();
        onProgress?.(buffer.byteLength, buffer.byteLength);
        return buffer;
      } catch (cause) {
        throw new CheckpointError(
          `${file} can no longer be read`,
          "It was moved, changed or removed since it was opened; open it again.",
          { cause },
        );
      }
    },
  };
}
