import type { CheckpointFiles } from "../engine/checkpoint/checkpoint.ts";
import { type FileBytes, inMemory, STRETCH_BYTES } from "../engine/checkpoint/files.ts";
import { CheckpointError, OutOfMemoryError } from "../engine/errors.ts";
import { megabytes } from "./bytes.ts";
import type { NamedFile } from "./rpc.ts";

/** Checkpoints and data that were given to the page as files, by what settings call them. */
export type LocalFiles = Map<string, readonly NamedFile[]>;

/** Reads blobs without waiting; there is one in workers alone. */
type BlobReader = new () => { readAsArrayBuffer(content: Blob): ArrayBuffer };

/** What one ArrayBuffer of Chromium holds; other browsers allow no less. */
const MOST_AT_ONCE = 2 ** 31 - 2 ** 21;

/** What is read at once where less is asked for. */
const AHEAD_BYTES = 2 ** 18;

/** A blob to be read piece by piece. */
export async function openBlob(file: string, content: Blob): Promise<FileBytes> {
  const { FileReaderSync: Reader } = globalThis as { FileReaderSync?: BlobReader };
  if (!Reader) return inMemory(await bytesOf(file, content));
  const reader = new Reader();
  const read = (from: number, to: number) => {
    try {
      return new Uint8Array(reader.readAsArrayBuffer(content.slice(from, to)));
    } catch (cause) {
      throw unreadable(file, cause);
    }
  };
  // A file may have tens of thousands of small tensors one after the other: a read of each would take half a millisecond.
  let ahead = { from: 0, bytes: new Uint8Array(0) };
  const at = (from: number, to: number) => {
    if (to - from > AHEAD_BYTES / 2) return read(from, to);
    const isThere = from >= ahead.from && to <= ahead.from + ahead.bytes.length;
    if (!isThere && to > from) ahead = { from, bytes: read(from, Math.min(content.size, from + AHEAD_BYTES)) };
    return ahead.bytes.slice(from - ahead.from, to - ahead.from);
  };
  return {
    size: content.size,
    at,
    async *stretches(from, to) {
      for (let begin = from; begin < to; begin += STRETCH_BYTES) {
        const bytes = at(begin, Math.min(to, begin + STRETCH_BYTES));
        yield bytes;
        giveBack(bytes.buffer);
      }
    },
  };
}

let nobody: MessagePort | undefined;

/**
 * Frees a buffer at once, by sending it where nobody listens. Left to itself, memory grows by most of a file before any of it
 * is collected; and Chromium's streams that fill one buffer over and over come to a standstill after some dozens of slices.
 */
function giveBack(buffer: ArrayBuffer): void {
  if (!nobody) {
    const { port1, port2 } = new MessageChannel();
    port2.close();
    nobody = port1;
  }
  nobody.postMessage(undefined, [buffer]);
}

/** The bytes of a file, or of a part of it. @throws OutOfMemoryError, CheckpointError. */
export async function bytesOf(file: string, part: Blob): Promise<ArrayBuffer> {
  if (part.size > MOST_AT_ONCE) {
    throw new OutOfMemoryError(
      `${file} has ${megabytes(part.size)}, and a page reads at most ${megabytes(MOST_AT_ONCE)} in one piece`,
      "Open weights as safetensors, which are read a stretch at a time, or take a smaller model.",
    );
  }
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
