import type { CheckpointFiles } from "../engine/checkpoint/checkpoint.ts";
import { type FileBytes, inMemory, readingAt, STRETCH_BYTES } from "../engine/checkpoint/files.ts";
import { CheckpointError } from "../engine/errors.ts";
import type { NamedFile } from "./rpc.ts";

/** Checkpoints and data that were given to the page as files, by what settings call them. */
export type LocalFiles = Map<string, readonly NamedFile[]>;

/** Reads blobs without waiting; there is one in workers alone. */
type BlobReader = new () => { readAsArrayBuffer(content: Blob): ArrayBuffer };

/** A blob to be read piece by piece. */
export async function openBlob(file: string, content: Blob): Promise<FileBytes> {
  const { FileReaderSync: Reader } = globalThis as { FileReaderSync?: BlobReader };
  if (!Reader) return inMemory(await bytesOf(file, content));
  const reader = new Reader();
  const opened = readingAt(content.size, (from, to) => {
    try {
      return new Uint8Array(reader.readAsArrayBuffer(content.slice(from, to)));
    } catch (cause) {
      throw unreadable(file, cause);
    }
  });
  return {
    ...opened,
    stretches: (from, to) => stretchesOf(file, content.slice(from, to)) ?? opened.stretches(from, to),
  };
}

/** A blob through one buffer, which a browser is lent for every stretch; nothing where it does not take one. */
function stretchesOf(file: string, content: Blob): AsyncIterable<Uint8Array<ArrayBuffer>> | undefined {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = content.stream().getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
  return lent(file, reader, content.size);
}

async function* lent(
  file: string,
  reader: ReadableStreamBYOBReader,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let buffer = new ArrayBuffer(Math.min(size, STRETCH_BYTES));
  try {
    for (let left = size; left > 0; left -= Math.min(left, STRETCH_BYTES)) {
      const length = Math.min(left, STRETCH_BYTES);
      for (let filled = 0; filled < length; ) {
        const { value } = await reader.read(new Uint8Array(buffer, filled, length - filled)).catch((cause) => {
          throw unreadable(file, cause);
        });
        if (!value?.length) throw unreadable(file, undefined);
        buffer = value.buffer as ArrayBuffer;
        filled += value.length;
      }
      yield new Uint8Array(buffer, 0, length);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function bytesOf(file: string, part: Blob): Promise<ArrayBuffer> {
  try {
    return await part.arrayBuffer();
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): CheckpointError {
  return new CheckpointError(
    `${file} can no longer be read`,
    "It was moved, changed or removed since it was opened; open it again.",
    { cause },
  );
}

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
  return {
    names: offered.map(({ name }) => name),
    async read(file, onProgress) {
      const buffer = await bytesOf(file, contentOf(file));
      onProgress?.(buffer.byteLength, buffer.byteLength);
      return buffer;
    },
    open: async (file) => openBlob(file, contentOf(file)),
    size: async (file) => contentOf(file).size,
    slice: async (file, from, to) => bytesOf(file, contentOf(file).slice(from, to)),
  };
}
