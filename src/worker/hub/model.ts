import { FOREIGN_MODEL, parseReference } from "../../engine/model/reference.ts";

/** Where models come from unless the visitor names a mirror. */
export const HUB = "https://huggingface.co";

/** What a visitor asks for: a repository and a branch, tag or commit of it. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
  readonly revision: string;
}

/** What tells a file's content: SHA-256 where the hub keeps it as a large file, else the SHA-1 that git gives a blob. */
export interface FileHash {
  readonly kind: "sha256" | "git-sha1";
  readonly hex: string;
}

/** A file of a model, and what its content must be. */
export interface HubFile {
  readonly name: string;
  readonly size: number;
  readonly hash: FileHash;
}

/** A model at one commit, with the files that a checkpoint needs. */
export interface HubModel extends Repository {
  /** What the revision stood for, as 40 hex digits. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** Where a model at one commit is to be had. */
export type Place = Pick<HubModel, "owner" | "name" | "commit">;

/**
 * What settings and links call a model: by its commit, so that it is the same model for whoever opens the link, and with
 * its modules where it has files of these.
 */
export function referenceOf({ owner, name, commit, files = [] }: Place & Partial<Pick<HubModel, "files">>): string {
  return `hf:${owner}/${name}@${commit}${files.some(isOfModule) ? "~modules" : ""}`;
}

/** Whether two references are about one commit, with or without its modules. */
export function areAtOnePlace(one: string, other: string): boolean {
  return one.replace(/~modules$/, "") === other.replace(/~modules$/, "");
}

/** Whether a file lies in the folder of a module, or names these. */
export function isOfModule({ name }: Pick<HubFile, "name">): boolean {
  return name === "modules.json" || name.includes("/");
}

/** Bytes of all files. */
export function bytesOf({ files }: Pick<HubModel, "files">): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Reads what a visitor writes or pastes: `owner/name`, with `@revision`, or the address of its page on the hub.
 *
 * @param revision where none is written with the name.
 * @returns nothing where it names no repository.
 */
export function parseRepository(written: string, revision: string): Repository | undefined {
  const [, rest, tree] =
    /^(?:https?:\/\/[^/]+\/|hf:)?([^/\s]+\/[^/\s]+?)(?:\/tree\/([^/\s]+))?\/?$/.exec(written.trim()) ?? [];
  const [path, at] = (rest ?? "").split("@");
  const reference = `hf:${path}@${at ?? tree ?? (revision.trim() || "main")}`;
  const parsed = FOREIGN_MODEL.test(reference) ? parseReference(reference) : undefined;
  return parsed?.kind === "hub" ? { owner: parsed.owner, name: parsed.name, revision: parsed.revision } : undefined;
}

/** The address of a hub as a visitor writes it, without a slash at its end; nothing where it is none. */
export function parseHub(written: string): string | undefined {
  let url: URL;
  try {
    url = new URL(written.trim());
  } catch {
    return undefined;
  }
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!isPlain || !/^https?:$/.test(url.protocol)) return undefined;
  return url.href.replace(/\/+$/, "");
}
