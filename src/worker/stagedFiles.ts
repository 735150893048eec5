import type { FolderFiles, Sink } from "../engine/export/content.ts";
import { writeZip, zipped } from "../engine/export/zip.ts";

/** Where files lie that the browser's downloads take over, in the storage that the browser keeps for this origin. */
const FOLDER = "exports";

/** Milliseconds in which a download is certainly through, even onto a slow disk. */
const KEPT = 10 * 60_000;

/** Writes without waiting; there is one in workers alone. */
interface SyncAccess {
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  close(): void;
}

type StagedHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccess> };

/**
 * Files as a zip archive on the disk, so that none of it stays in memory. Where the browser stores nothing for this page, or
 * has no room, the archive is the same and the browser holds it.
 */
export async function stagedZip(files: FolderFiles): Promise<Blob> {
  const file = await StagedFile.create();
  if (!file) return zipped(files);
  try {
    await writeZip(files, file);
    return await file.finish("application/zip");
  } catch (error) {
    await file.discard();
    if (error instanceof Error && error.name === "QuotaExceededError") return zipped(files);
    throw error;
  }
}

/** Removes what downloads of before have left. */
export async function removeStaged(): Promise<void> {
  const folder = await folderOfStaged({ create: false });
  if (!folder) return;
  const files: FileSystemFileHandle[] = [];
  for await (const handle of folder.values()) if (handle.kind === "file") files.push(handle as FileSystemFileHandle);
  for (const file of files) {
    try {
      const { lastModified } = await file.getFile();
      if (Date.now() - lastModified > KEPT) await folder.removeEntry(file.name);
    } catch {
      // Another tab is writing it, or has removed it.
    }
  }
}

/** A file that is written piece by piece, handed out, and removed after a while. */
class StagedFile implements Sink {
  readonly #folder: FileSystemDirectoryHandle;
  readonly #handle: FileSystemFileHandle;
  readonly #access: SyncAccess;
  #at = 0;

  /** @returns nothing where the browser stores nothing for this page. */
  static async create(): Promise<StagedFile | undefined> {
    await removeStaged().catch(() => {});
    const folder = await folderOfStaged({ create: true });
    if (!folder) return undefined;
    try {
      const handle = (await folder.getFileHandle(crypto.randomUUID(), { create: true })) as StagedHandle;
      return new StagedFile(folder, handle, await handle.createSyncAccessHandle());
    } catch {
      return undefined;
    }
  }

  private constructor(folder: FileSystemDirectoryHandle, handle: FileSystemFileHandle, access: SyncAccess) {
    this.#folder = folder;
    this.#handle = handle;
    this.#access = access;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#put(bytes, this.#at);
    this.#at += bytes.length;
  }

  leave(bytes: number): (content: Uint8Array<ArrayBuffer>) => void {
    const at = this.#at;
    this.#at += bytes;
    return (content) => this.#put(content, at);
  }

  async finish(type: string): Promise<Blob> {
    this.#access.close();
    const file = await this.#handle.getFile();
    setTimeout(() => void removeStaged().catch(() => {}), KEPT + 1000);
    return file.slice(0, file.size, type);
  }

  async discard(): Promise<void> {
    this.#access.close();
    await this.#folder.removeEntry(this.#handle.name).catch(() => {});
  }

  #put(bytes: Uint8Array<ArrayBuffer>, at: number): void {
    for (let done = 0; done < bytes.length; ) {
      const written = this.#access.write(bytes.subarray(done), { at: at + done });
      if (written === 0) throw new DOMException("the disk is full", "QuotaExceededError");
      done += written;
    }
  }
}

async function folderOfStaged(options: FileSystemGetDirectoryOptions): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, options);
  } catch {
    return undefined;
  }
}
