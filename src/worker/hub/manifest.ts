import { FOREIGN_MODEL } from "../../engine/model/reference.ts";
import { type HubFile, type HubModel, referenceOf } from "./model.ts";

/** What lies beside the segments of a model: what belongs to it, and which files have passed their check. */
export interface Manifest {
  readonly model: HubModel;
  /** Names of files. Others count as absent, whatever there is of them. */
  readonly checked: ReadonlySet<string>;
}

const VERSION = 1;

export function writeManifest({ model, checked }: Manifest): string {
  return JSON.stringify({ version: VERSION, ...model, checked: [...checked] });
}

/** Reads a manifest strictly; nothing where it is damaged or of another version, so that nothing half-known is used. */
export function readManifest(text: string): Manifest | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(json) || json.version !== VERSION) return undefined;
  const { owner, name, revision, commit, files, checked } = json;
  if (!isText(owner) || !isText(name) || !isText(revision) || !isText(commit)) return undefined;
  if (!/^[0-9a-f]{40}$/.test(commit) || !FOREIGN_MODEL.test(referenceOf({ owner, name, commit }))) return undefined;
  if (!Array.isArray(files) || files.length === 0 || !files.every(isFile)) return undefined;
  const names = new Set(files.map((file) => file.name));
  if (names.size !== files.length || !Array.isArray(checked)) return undefined;
  if (!checked.every((each) => isText(each) && names.has(each))) return undefined;
  return { model: { owner, name, revision, commit, files: files.map(plain) }, checked: new Set(checked) };
}

/** Names of files at the top of a repository, or in a module's folder, that cannot mean anything else. */
export function isFileName(name: string): boolean {
  return /^(?:\d+_\w{1,60}\/)?\w[\w.-]{0,199}$/.test(name);
}

function isFile(value: unknown): value is HubFile {
  if (!isRecord(value) || !isRecord(value.hash)) return false;
  const { name, size, hash } = value;
  const digits = hash.kind === "sha256" ? 64 : hash.kind === "git-sha1" ? 40 : Number.NaN;
  return (
    isText(name) &&
    isFileName(name) &&
    Number.isSafeInteger(size) &&
    Number(size) >= 0 &&
    isText(hash.hex) &&
    hash.hex.length === digits &&
    /^[0-9a-f]+$/.test(hash.hex)
  );
}

function plain({ name, size, hash: { kind, hex } }: HubFile): HubFile {
  return { name, size, hash: { kind, hex } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
