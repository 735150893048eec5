import { busyElsewhere, noStorage, storageFull } from "./failures.ts";
import { type Manifest, readManifest, writeManifest } from "./manifest.ts";
import type { HubFile, Place } from "./model.ts";
import { SEGMENT_BYTES, segmentName, segmentsOf } from "./segments.ts";

/** Where models lie in the storage that the browser keeps for this origin: `hub/owner/name/commit/`. */
const ROOT = "hub";
const MANIFEST = "manifest.json";

/** The files of one model at one commit as they are stored, in whole or in part. */
export class ModelFolder {
  readonly #directory: FileSystemDirectoryHandle;

  private constructor(directory: FileSystemDirectoryHandle) {
    this.#directory = directory;
  }

  /** @throws DownloadError where the browser stores nothing. */
  static async create({ owner, name, commit }: Place): Promise<ModelFolder> {
    let directory = await root();
    for (const part of [owner, name, commit]) directory = await directory.getDirectoryHandle(part, { create: true });
    return new ModelFolder(directory);
  }

  /** What is said of the files, unless that cannot be read. */
  async manifest(): Promise<Manifest | undefined> {
    try {
      const file = await (await this.#directory.getFileHandle(MANIFEST)).getFile();
      return readManifest(await file.text());
    } catch {
      return undefined;
    }
  }

  async saveManifest(manifest: Manifest): Promise<void> {
    await this.#write(MANIFEST, [new TextEncoder().encode(writeManifest(manifest))], 0);
  }

  /** Whether there was never room for anything in it. */
  async isEmpty(): Promise<boolean> {
    return (await this.#entries()).length === 0;
  }

  /** Bytes of a file that are stored from its start without a gap. */
  async storedBytes({ hash }: HubFile): Promise<number> {
    return segmentsOf(hash.hex, await this.#entries()).bytes;
  }

  /** What is stored of a file from its start; nothing is read yet. */
  async content({ hash }: HubFile): Promise<Blob> {
    const { segments } = segmentsOf(hash.hex, await this.#entries());
    return new Blob(
      await Promise.all(segments.map(async ({ entry }) => (await this.#directory.getFileHandle(entry)).getFile())),
    );
  }

  /** Adds to a file. @param from the bytes that are stored of it. @param toCome for the message where room is short. */
  writer(file: HubFile, from: number, toCome: () => number): SegmentWriter {
    return new SegmentWriter((begin, chunks) => this.#write(segmentName(file.hash.hex, begin), chunks, toCome()), from);
  }

  /** Throws away what is stored of a file. */
  async discard({ hash }: HubFile): Promise<void> {
    for (const { name } of await this.#entries()) {
      if (name.startsWith(`${hash.hex}.`)) await this.#directory.removeEntry(name);
    }
  }

  async #entries(): Promise<{ name: string; size: number }[]> {
    const entries: { name: string; size: number }[] = [];
    for await (const handle of this.#directory.values()) {
      if (handle.kind === "file") entries.push({ name: handle.name, size: (await handle.getFile()).size });
    }
    return entries;
  }

  /** A file in one piece: it is there when this is done, and else it is as it was. */
  async #write(name: string, chunks: readonly Uint8Array<ArrayBuffer>[], toCome: number): Promise<void> {
    let writable: FileSystemWritableFileStream | undefined;
    try {
      writable = await (await this.#directory.getFileHandle(name, { create: true })).createWritable();
      for (const chunk of chunks) await writable.write(chunk);
      await writable.close();
    } catch (error) {
      await writable?.abort().catch(() => {});
      if (await this.#isEmpty(name)) await this.#directory.removeEntry(name).catch(() => {});
      if (!isQuota(error)) throw error;
      throw storageFull(toCome, await navigator.storage.estimate());
    }
  }

  /** Whether a file was made and nothing came to be written. */
  async #isEmpty(name: string): Promise<boolean> {
    const handle = await this.#directory.getFileHandle(name).catch(() => undefined);
    return handle !== undefined && (await handle.getFile()).size === 0;
  }
}

/** Collects what arrives and stores it segment by segment. */
export class SegmentWriter {
  readonly #store: (from: number, chunks: readonly Uint8Array<ArrayBuffer>[]) => Promise<void>;
  #from: number;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;

  constructor(store: (from: number, chunks: readonly Uint8Array<ArrayBuffer>[]) => Promise<void>, from: number) {
    this.#store = store;
    this.#from = from;
  }

  async add(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= SEGMENT_BYTES) await this.flush();
  }

  /** Stores what has been collected. @throws DownloadError where there is no room for it. */
  async flush(): Promise<void> {
    if (this.#bytes === 0) return;
    const chunks = this.#chunks;
    const from = this.#from;
    this.#from += this.#bytes;
    this.#chunks = [];
    this.#bytes = 0;
    await this.#store(from, chunks);
  }
}

/** Everything that is stored, with where it belongs by the names of its folders. */
export async function* folders(): AsyncGenerator<{ readonly place: Place; readonly folder: ModelFolder }> {
  const top = await root().catch(() => undefined);
  if (!top) return;
  for await (const owner of directoriesIn(top)) {
    for await (const name of directoriesIn(owner)) {
      for await (const commit of directoriesIn(name)) {
        const place = { owner: owner.name, name: name.name, commit: commit.name };
        yield { place, folder: await ModelFolder.create(place) };
      }
    }
  }
}

/** Removes what is stored of a model, and folders that are empty then. */
export async function removeModel({ owner, name, commit }: Place): Promise<void> {
  const top = await root();
  const owned = await top.getDirectoryHandle(owner).catch(() => undefined);
  const named = await owned?.getDirectoryHandle(name).catch(() => undefined);
  await named?.removeEntry(commit, { recursive: true }).catch((error) => {
    if (error.name !== "NotFoundError") throw error;
  });
  // Without `recursive` only empty folders go.
  await owned?.removeEntry(name).catch(() => {});
  await top.removeEntry(owner).catch(() => {});
}

/** Takes care that one tab at a time changes what is stored of a model. */
export async function exclusively<T>(
  { owner, name, commit }: Place,
  signal: AbortSignal,
  what: () => Promise<T>,
): Promise<T> {
  // A download that was just paused still stores what it has.
  const patience = AbortSignal.timeout(3000);
  let isHeld = false;
  try {
    return await navigator.locks.request(
      `rankscope ${ROOT} ${owner}/${name}@${commit}`,
      { signal: AbortSignal.any([signal, patience]) },
      () => {
        isHeld = true;
        return what();
      },
    );
  } catch (error) {
    if (!isHeld && patience.aborted && !signal.aborted) throw busyElsewhere({ owner, name });
    throw error;
  }
}

/** Whether anything is stored of a model, at whatever commit; it creates nothing. */
export async function isAnythingStored({ owner, name }: Pick<Place, "owner" | "name">): Promise<boolean> {
  try {
    let directory = await navigator.storage.getDirectory();
    for (const part of [ROOT, owner, name]) directory = await directory.getDirectoryHandle(part);
    return true;
  } catch {
    return false;
  }
}

async function root(): Promise<FileSystemDirectoryHandle> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true });
  } catch (error) {
    if (isQuota(error)) throw storageFull(0, await navigator.storage.estimate());
    throw noStorage();
  }
}

async function* directoriesIn(directory: FileSystemDirectoryHandle): AsyncGenerator<FileSystemDirectoryHandle> {
  for await (const handle of directory.values()) {
    if (handle.kind === "directory") yield handle as FileSystemDirectoryHandle;
  }
}

function isQuota(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}
