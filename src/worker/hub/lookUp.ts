import type { CheckpointFiles } from "../../engine/checkpoint/checkpoint.ts";
import { CheckpointError } from "../../engine/errors.ts";
import { connect } from "./connection.ts";
import { DownloadError, noHub, type Subject } from "./failures.ts";
import { isFileName } from "./manifest.ts";
import type { FileHash, HubFile, Repository } from "./model.ts";
import type { Patience } from "./patience.ts";

const library = () => import("./library.ts");

/** What a revision is at the moment: its commit, the files at its top, and those of its modules where it has some. */
export interface Listing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** Resolves a revision to its commit and lists what a checkpoint can consist of. */
export async function listRepository(
  hub: string,
  repository: Repository,
  { patience, signal }: { readonly patience: Patience; readonly signal: AbortSignal },
): Promise<Listing> {
  const { modelInfo, listFiles } = await library();
  const { owner, name, revision } = repository;
  const subject: Subject = { ...repository, hub };
  const fetch = connect(subject, signal);
  const repo = `${owner}/${name}`;
  return patience.attempt(() =>
    understood(subject, signal, async () => {
      const { sha: commit } = await modelInfo({ name: repo, revision, hubUrl: hub, fetch, additionalFields: ["sha"] });
      if (typeof commit !== "string" || !/^[0-9a-f]{40}$/.test(commit)) throw noHub(subject);
      const files: HubFile[] = [];
      const folders: string[] = [];
      const list = async (within?: string) => {
        const place = { repo, revision: commit, hubUrl: hub, fetch, ...(within !== undefined && { path: within }) };
        for await (const { type, path, size, oid, lfs } of listFiles(place)) {
          const hash = hashOf(lfs?.oid, oid);
          if (type === "directory" && within === undefined) folders.push(path);
          if (type !== "file" || !isFileName(path)) continue;
          if (!hash || !Number.isSafeInteger(size) || size < 0) throw noHub(subject);
          files.push({ name: path, size, hash });
        }
      };
      await list();
      // Modules of sentence-transformers lie in folders that begin with their number.
      const isModular = files.some(({ name }) => name === "modules.json");
      for (const folder of folders) if (isModular && /^\d+_\w+$/.test(folder)) await list(folder);
      return { commit, files };
    }),
  );
}

/** A checkpoint on the hub, read by ranges, and which of its files were. */
export interface RemoteFiles extends CheckpointFiles {
  /** The files that were read whole or in part: those that a checkpoint of this kind needs. */
  readonly needed: ReadonlySet<string>;
  /** The contents that were read whole, by their hashes. */
  readonly contents: ReadonlyMap<string, ArrayBuffer>;
}

/** Reads files of a listing as they are asked for; what was once fetched is not fetched again. */
export function remoteFiles(
  hub: string,
  repository: Repository,
  { commit, files }: Listing,
  { patience, signal }: { readonly patience: Patience; readonly signal: AbortSignal },
): RemoteFiles {
  const needed = new Set<string>();
  const contents = new Map<string, ArrayBuffer>();
  const parts = new Map<string, ArrayBuffer>();
  const fileOf = (name: string): HubFile => {
    const found = files.find((file) => file.name === name);
    if (!found) throw new CheckpointError(`${name} is not among the files of ${repository.owner}/${repository.name}`);
    needed.add(name);
    return found;
  };
  const fetched = async ({ name, size, hash }: HubFile, from: number, to: number): Promise<ArrayBuffer> => {
    const { downloadFile } = await library();
    const subject: Subject = { ...repository, hub, file: name };
    const info = { size, etag: hash.hex, url: fileAddress(hub, { ...repository, commit }, name) };
    return patience.attempt(() =>
      understood(subject, signal, async () => {
        const options = { hubUrl: hub, fetch: connect(subject, signal), xet: false, downloadInfo: info };
        const blob = await downloadFile({ repo: `${repository.owner}/${repository.name}`, path: name, ...options });
        const bytes = await blob!.slice(from, to).arrayBuffer();
        if (bytes.byteLength === to - from) return bytes;
        throw new DownloadError(
          `the file ${name} has other bytes than the hub lists`,
          "Look again; if it stays so, the network or the mirror changes files.",
        );
      }),
    );
  };
  return {
    names: files.map(({ name }) => name),
    needed,
    contents,
    async read(name) {
      const file = fileOf(name);
      const content =
        contents.get(file.hash.hex) ?? (file.size === 0 ? new ArrayBuffer(0) : await fetched(file, 0, file.size));
      contents.set(file.hash.hex, content);
      return content;
    },
    size: async (name) => fileOf(name).size,
    async slice(name, from, to) {
      const file = fileOf(name);
      const key = `${name} ${from} ${to}`;
      const part = parts.get(key) ?? (await fetched(file, from, to));
      parts.set(key, part);
      return part;
    },
  };
}

/** Where a file lies at a commit. */
export function fileAddress(
  hub: string,
  { owner, name, commit }: { readonly owner: string; readonly name: string; readonly commit: string },
  file: string,
): string {
  return `${hub}/${owner}/${name}/resolve/${commit}/${file.split("/").map(encodeURIComponent).join("/")}`;
}

/** What the library throws at answers that it cannot read is a sentence about the hub. */
async function understood<T>(subject: Subject, signal: AbortSignal, what: () => Promise<T>): Promise<T> {
  try {
    return await what();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DownloadError) throw error;
    // Bodies that break off are TypeErrors to `fetch`; the rest is no JSON, or JSON of something else.
    if (error instanceof TypeError && subject.file !== undefined) {
      throw new DownloadError(`the connection was cut within ${subject.file}`, "Look again.", { passes: true });
    }
    throw noHub(subject);
  }
}

function hashOf(sha256: string | undefined, blob: string | undefined): FileHash | undefined {
  if (sha256 !== undefined) return /^[0-9a-f]{64}$/.test(sha256) ? { kind: "sha256", hex: sha256 } : undefined;
  return blob !== undefined && /^[0-9a-f]{40}$/.test(blob) ? { kind: "git-sha1", hex: blob } : undefined;
}
