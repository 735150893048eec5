// Models, tasks and other files as the engine is given them, from the disk.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync, writeSync } from "node:fs";
import path from "node:path";
import { type CheckpointFiles, type FileBytes, STRETCH_BYTES, usualFiles } from "../src/engine/checkpoint/files.ts";
import { MAX_DEPTH } from "../src/engine/checkpoint/folder.ts";
import type { Sources } from "../src/engine/data/sources.ts";
import { type FolderFiles, type Sink, streamed } from "../src/engine/export/content.ts";
import { root } from "./program.mjs";

/** The files of a folder on the disk, which has everything that files may be asked for. */
export type FolderOnDisk = Required<Pick<CheckpointFiles, "names" | "read" | "open" | "size" | "slice">>;

/** The files of a folder and of those in it, by their paths within it; links are followed, what is hidden is left out. */
export function filesIn(folder: string): FolderOnDisk {
  const at = (file: string) => path.join(folder, file);
  return {
    names: pathsIn(folder),
    read: async (file) => contentOf(at(file)),
    async open(file) {
      return bytesOnDisk(at(file));
    },
    size: async (file) => statSync(at(file)).size,
    slice: async (file, from, to) => part(at(file), from, to).buffer,
  };
}

/** A file to be read piece by piece. */
export function bytesOnDisk(file: string): FileBytes {
  return {
    size: statSync(file).size,
    at: (from, to) => part(file, from, to),
    async *stretches(from, to) {
      const buffer = new Uint8Array(Math.min(to - from, STRETCH_BYTES));
      for (let at = from; at < to; at += STRETCH_BYTES)
        yield part(file, at, Math.min(to, at + STRETCH_BYTES), buffer.subarray(0, to - at));
    },
  };
}

/** Bytes `from` up to `to` of a file, or as many as there are. @param bytes where they are put. */
function part(
  file: string,
  from: number,
  to: number,
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(to - from),
): Uint8Array<ArrayBuffer> {
  const opened = openSync(file, "r");
  try {
    for (let read = 0; read < bytes.length; ) {
      const count = readSync(opened, bytes, read, bytes.length - read, from + read);
      if (count === 0) return bytes.slice(0, read);
      read += count;
    }
  } finally {
    closeSync(opened);
  }
  return bytes;
}

/** The bytes of a file, in a buffer of their own. */
export function contentOf(file: string): ArrayBuffer {
  const { buffer, byteOffset, length } = readFileSync(file);
  return buffer.slice(byteOffset, byteOffset + length);
}

/** A file on the disk, written piece by piece. */
export class DiskSink implements Sink {
  readonly #file: number;
  #at = 0;

  constructor(file: string) {
    this.#file = openSync(file, "w");
  }

  write(bytes: Uint8Array): void {
    this.#put(bytes, this.#at);
    this.#at += bytes.length;
  }

  leave(bytes: number): (content: Uint8Array) => void {
    const at = this.#at;
    this.#at += bytes;
    return (content) => this.#put(content, at);
  }

  close(): void {
    closeSync(this.#file);
  }

  #put(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
  }
}

/** Writes files into a folder, which is made where there is none. */
export async function writeFiles(folder: string, files: FolderFiles): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const sink = new DiskSink(path.join(folder, name));
    for await (const chunk of streamed(content).chunks()) sink.write(chunk);
    sink.close();
  }
}

/** @throws what the system says where the folder itself cannot be listed. */
function pathsIn(folder: string, depth = 1): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => {
      const at = path.join(folder, name);
      const seen = ifPossible(() => statSync(at));
      if (seen?.isFile()) return [name];
      if (!seen?.isDirectory() || depth === MAX_DEPTH) return [];
      return (ifPossible(() => pathsIn(at, depth + 1)) ?? []).map((file) => `${name}/${file}`);
    });
}

/** A link may lead nowhere or in a circle, and a folder may be somebody else's: such are passed over. */
function ifPossible<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/**
 * Models and tasks from the folders that the page serves them from. Of a model they are the files that the page fetches,
 * so that its fingerprint is the same here and there.
 */
export const diskSources: Sources = {
  async model(reference) {
    return { ...filesIn(path.join(root, "public/models", reference)), names: usualFiles };
  },
  async task(file) {
    return readFileSync(path.join(root, "public/tasks", file), "utf8");
  },
  async data(reference) {
    throw new Error(`${reference} is on no disk`);
  },
};
