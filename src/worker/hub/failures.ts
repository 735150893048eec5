import { EngineError } from "../../engine/errors.ts";
import { megabytes } from "../bytes.ts";
import type { FileHash, Repository } from "./model.ts";

/** A model could not be fetched, checked or stored. */
export class DownloadError extends EngineError {
  override readonly name = "DownloadError";
  /** Whether it may pass by itself, so that another attempt makes sense. */
  readonly passes: boolean;
  /** Seconds that the hub asks to be left alone for. */
  readonly waitSeconds: number | undefined;

  constructor(message: string, hint: string, how: { passes?: boolean; waitSeconds?: number | undefined } = {}) {
    super(message, hint);
    this.passes = how.passes ?? false;
    this.waitSeconds = how.waitSeconds;
  }
}

/** What a request was about. */
export interface Subject extends Repository {
  /** The hub's address. */
  readonly hub: string;
  /** Absent where it was about the repository itself. */
  readonly file?: string;
}

const byHand = "download it there with your account and open its folder here";
const resume = "What is stored stays; Resume goes on from there.";

/** What becomes of a download that is on. */
const keeps = ({ file }: Pick<Subject, "file">) => (file === undefined ? "" : ` ${resume}`);

export function hostOf({ hub }: Pick<Subject, "hub">): string {
  return new URL(hub).host;
}

/** An answer that is none of what was asked for. */
export function statusFailure(status: number, headers: Headers, subject: Subject): DownloadError {
  const host = hostOf(subject);
  const model = `the model ${subject.owner}/${subject.name}`;
  const code = headers.get("x-error-code");
  switch (status) {
    case 401:
      return code === "GatedRepo"
        ? new DownloadError(
            `${model} is gated: ${host} shows it to people who signed in and accepted its terms (401)`,
            `This page takes no tokens; ${byHand}.`,
          )
        : new DownloadError(
            `${model} is private, or not on ${host} at all (401)`,
            `Check how it is written. This page takes no tokens; if it is private, ${byHand}.`,
          );
    case 403:
      return new DownloadError(
        `the hub ${host} does not let ${model} be read from here (403)`,
        `It may be gated, or taken down. This page takes no tokens; if you may read it, ${byHand}.`,
      );
    case 404:
      return notFound(code, subject);
    case 429: {
      const waitSeconds = secondsOf(headers.get("retry-after"));
      return new DownloadError(
        `the hub ${host} has had too many requests from this network (429)`,
        waitSeconds === undefined
          ? `Try again in some minutes.${keeps(subject)}`
          : `Try again in ${waitSeconds} seconds.${keeps(subject)}`,
        { passes: true, waitSeconds },
      );
    }
    default:
      return status >= 500
        ? new DownloadError(`${host} has trouble of its own (${status})`, `Try again later. ${resume}`, {
            passes: true,
          })
        : new DownloadError(
            `the hub ${host} answered ${status}, which means nothing here`,
            "Check the hub's address, or open the model from files.",
          );
  }
}

function notFound(code: string | null, { hub, owner, name, revision, file }: Subject): DownloadError {
  const host = hostOf({ hub });
  if (file !== undefined && code !== "RepoNotFound" && code !== "RevisionNotFound") {
    return new DownloadError(
      `the file ${file} is no longer at ${owner}/${name} (404)`,
      "Look again: the model may have changed.",
    );
  }
  if (code === "RevisionNotFound") {
    return new DownloadError(
      `the model ${owner}/${name} has no revision ${revision} (404)`,
      "Name a branch such as main, a tag, or a commit in full.",
    );
  }
  return code === "RepoNotFound"
    ? new DownloadError(`there is no model ${owner}/${name} on ${host} (404)`, "Check how owner and name are written.")
    : new DownloadError(
        `there is no model ${owner}/${name} with a revision ${revision} on ${host} (404)`,
        "Check owner, name and revision, and the hub's address.",
      );
}

/** No answer at all. @param isOnline what the browser thinks of it. */
export function unreachable(isOnline: boolean, subject: Pick<Subject, "hub" | "file">): DownloadError {
  return isOnline
    ? new DownloadError(
        `the hub ${hostOf(subject)} could not be reached`,
        `It may be blocked on this network, or its address may be wrong; a model can also be opened from files.${keeps(subject)}`,
        { passes: true },
      )
    : new DownloadError("this device is offline", `Connect it and try again.${keeps(subject)}`);
}

/** The body of an answer ended early, or nothing came any more. */
export function cut(file: string, stored: number, size: number): DownloadError {
  return new DownloadError(`the connection was cut at ${megabytes(stored)} of ${megabytes(size)} of ${file}`, resume, {
    passes: true,
  });
}

/** An answer of the API that cannot be read. */
export function noHub(subject: Pick<Subject, "hub">): DownloadError {
  return new DownloadError(
    `the address ${subject.hub} does not answer as a hub does`,
    "Check the hub's address; it is https://huggingface.co unless you use a mirror.",
  );
}

export function wrongSize(file: string, found: number | "more", size: number): DownloadError {
  const listed = size.toLocaleString("en");
  return new DownloadError(
    found === "more"
      ? `the file ${file} has more than the ${listed} bytes that the hub lists`
      : `the file ${file} has ${found.toLocaleString("en")} bytes instead of ${listed}`,
    "It was thrown away. Download again; if it stays so, the network or the mirror changes files.",
  );
}

export function wrongHash(file: string, { kind, hex }: FileHash, found: string): DownloadError {
  return new DownloadError(
    `the file ${file} is not what the hub lists: its ${kind === "sha256" ? "SHA-256" : "git SHA-1"} begins with ${found.slice(0, 12)} instead of ${hex.slice(0, 12)}`,
    "It was thrown away. Download again; if it stays so, the network or the mirror changes files.",
  );
}

/** @param estimate what the browser says of the storage of this site. */
export function storageFull(needed: number, { quota, usage }: StorageEstimate = {}): DownloadError {
  const room =
    quota === undefined ? "" : `; this site uses ${megabytes(usage ?? 0)} of the ${megabytes(quota)} that it may have`;
  return new DownloadError(
    `the browser's storage is full${needed > 0 ? `, and ${megabytes(needed)} are still to come` : ""}${room}`,
    `Remove a stored model, or free space on the disk. ${resume}`,
  );
}

export function noStorage(): DownloadError {
  return new DownloadError(
    "this browser keeps no files for the page",
    "Private windows may have no storage: use a normal window, or open the model from files.",
  );
}

export function busyElsewhere({ owner, name }: Pick<Repository, "owner" | "name">): DownloadError {
  return new DownloadError(
    `the model ${owner}/${name} is being downloaded in another tab`,
    "Wait for that tab, or pause it there.",
  );
}

/** Retry-After, in seconds or as a date. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.max(1, seconds) : undefined;
}
