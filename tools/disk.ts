// Models, tasks and other files as the engine is given them, from the disk.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type CheckpointFiles, usualFiles } from "../src/engine/checkpoint/files.ts";
import { MAX_DEPTH } from "../src/engine/checkpoint/folder.ts";
import type { Sources } from "../src/engine/data/sources.ts";
import type { FolderFiles } from "../src/engine/export/mergedFiles.ts";
import { root } from "./program.mjs";

/** The files of a folder on the disk, which has everything that files may be asked for. */
export type FolderOnDisk = Required<Pick<CheckpointFiles, "names" | "read" | "size" | "slice">>;

/** The files of a folder and of those in it, by their paths within it; links are followed, what is hidden is left out. */
export function filesIn(folder: string): FolderOnDisk {
  const at = (file: string) => path.join(folder, file);
  return {
    names: pathsIn(folder),
    read: async (file) => contentOf(at(file)),
    size: async (file) => statSync(at(file)).size,
    async slice(file, from, to) {
      const bytes = new Uint8Array(to - from);
      const opened = openSync(at(file), "r");
      try {
        for (let read = 0; read < bytes.length; ) {
          const count = readSync(opened, bytes, read, bytes.length - read, from + read);
          if (count === 0) return bytes.slice(0, read).buffer;
          read += count;
        }
      } finally {
        closeSync(opened);
      }
      return bytes.buffer;
    },
  };
}

/** The bytes of a file, in a buffer of their own. */
export function contentOf(file: string): ArrayBuffer {
  const { buffer, byteOffset, length } = readFileSync(file);
  return buffer.slice(byteOffset, byteOffset + length);
}

/** Writes files into a folder, which is made where there is none. */
export function writeFiles(folder: string, files: FolderFiles): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, name), content instanceof ArrayBuffer ? new Uint8Array(content) : content);
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
