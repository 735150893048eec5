import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What is to go wrong; each stays until it is switched off. */
export interface Faults {
  /** Answers every request about the repository with this status, and header `X-Error-Code` where there is one. */
  status?: { readonly code: number; readonly errorCode?: string; readonly retryAfter?: number } | undefined;
  /** Like `status`, but only for the files. */
  fileStatus?: { readonly code: number; readonly errorCode?: string } | undefined;
  /** Drops the connection after so many bytes of a file of weights. */
  cutAfter?: number | undefined;
  /** Sends so many bytes of a file of weights, and nothing more. */
  stallAfter?: number | undefined;
  /** Sends other bytes of a file of weights than are listed. */
  corrupt?: boolean | undefined;
  /** Sends more bytes of a file of weights than are listed. */
  longer?: boolean | undefined;
  /** Knows nothing of ranges. */
  ignoresRanges?: boolean | undefined;
  /** Answers the API with a page. */
  isNoHub?: boolean | undefined;
}

/** A file that was asked for: which bytes, and how many were sent. */
export interface Served {
  readonly file: string;
  readonly from: number;
  readonly range: string | undefined;
  sent: number;
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Speaks as much of the hub's language as looking at a model and downloading it take, on a port of its own. */
export class MockHub {
  readonly faults: Faults = {};
  /** Every request, in order, as method and path. */
  readonly requests: string[] = [];
  readonly served: Served[] = [];
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #repository: string;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  /** @param files of the one repository that there is; those that end in `.safetensors` are kept as large files. */
  constructor(repository: string, files: ReadonlyMap<string, Buffer>) {
    this.#repository = repository;
    this.#files = files;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** `localhost`, so that the tests' watch for foreign hosts stays quiet. */
  get address(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Switches all faults off and forgets what was asked. */
  calm(): void {
    for (const fault of Object.keys(this.faults)) delete this.faults[fault as keyof Faults];
    this.requests.length = 0;
    this.served.length = 0;
  }

  /** What was sent of a file, without header reads: first byte and number of bytes, in order. */
  transfers(file: string): readonly [number, number][] {
    return this.served
      .filter((each) => each.file === file && !/^bytes=\d+-\d+$/.test(each.range ?? ""))
      .map(({ from, sent }) => [from, sent]);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url!, "http://hub");
    this.requests.push(`${request.method} ${pathname}`);
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "Authorization, Range");
    response.setHeader(
      "Access-Control-Expose-Headers",
      "X-Repo-Commit, X-Error-Code, ETag, Link, Accept-Ranges, Content-Range, X-Linked-Size, X-Linked-ETag, Retry-After",
    );
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    const { status, isNoHub } = this.faults;
    const [, revised] = new RegExp(`^/api/models/${this.#repository}/(?:revision|tree)/([^/]+)$`).exec(pathname) ?? [];
    const [, at, file] = new RegExp(`^/${this.#repository}/resolve/([^/]+)/([^/]+)$`).exec(pathname) ?? [];
    const revision = revised ?? at;
    if (status) refuse(response, status);
    else if (isNoHub) response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html>A page");
    else if (revision === undefined) refuse(response, { code: 404, errorCode: "RepoNotFound" });
    else if (revision !== "main" && revision !== COMMIT) refuse(response, { code: 404, errorCode: "RevisionNotFound" });
    else if (file !== undefined) this.#send(file, request, response);
    else if (pathname.includes("/revision/")) json(response, { _id: "1", id: this.#repository, sha: COMMIT });
    else {
      const listed = [...this.#files].map(([path, content]) => ({
        type: "file",
        path,
        size: content.length,
        ...hashesOf(path, content),
      }));
      json(response, listed);
    }
  }

  #send(file: string, request: IncomingMessage, response: ServerResponse): void {
    const original = this.#files.get(file);
    const refused = this.faults.fileStatus ?? (original ? undefined : { code: 404, errorCode: "EntryNotFound" });
    if (!original || refused) {
      refuse(response, refused!);
      return;
    }
    const isLarge = file.endsWith(".safetensors");
    const { range } = request.headers;
    const [, first, last] = (!this.faults.ignoresRanges && /^bytes=(\d+)-(\d*)$/.exec(range ?? "")) || [];
    const isPart = first !== undefined && last !== "";
    const touched = isLarge && !isPart;
    let content = original;
    if (touched && this.faults.corrupt)
      content = Buffer.from(original.map((byte, index) => (index === 9000 ? byte ^ 1 : byte)));
    if (touched && this.faults.longer) content = Buffer.concat([original, Buffer.alloc(100)]);
    const from = Number(first ?? 0);
    const body = content.subarray(from, last ? Number(last) + 1 : undefined);
    const { lfs, oid } = hashesOf(file, original);
    response.setHeader("ETag", `"${lfs?.oid ?? oid}"`);
    response.setHeader("X-Repo-Commit", COMMIT);
    response.setHeader("Accept-Ranges", "bytes");
    if (lfs) response.setHeader("X-Linked-ETag", `"${lfs.oid}"`).setHeader("X-Linked-Size", original.length);
    if (first !== undefined) {
      response.setHeader("Content-Range", `bytes ${from}-${from + body.length - 1}/${original.length}`);
    }
    const entry: Served = { file, from, range, sent: 0 };
    this.served.push(entry);
    response.writeHead(first === undefined ? 200 : 206, this.faults.longer ? {} : { "Content-Length": body.length });
    const limit = touched ? (this.faults.cutAfter ?? this.faults.stallAfter ?? body.length) : body.length;
    const sent = body.subarray(0, limit);
    entry.sent = sent.length;
    if (limit >= body.length) response.end(body);
    else
      response.write(sent, () => {
        // What was written must have left before the connection goes.
        if (this.faults.cutAfter !== undefined) setTimeout(() => response.destroy(), 100);
      });
  }
}

/** As the hub lists them: the SHA-1 of a git blob, and the SHA-256 of what is kept as a large file. */
function hashesOf(path: string, content: Buffer) {
  const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
  if (!path.endsWith(".safetensors")) return { oid };
  const lfs = { oid: createHash("sha256").update(content).digest("hex"), size: content.length, pointerSize: 134 };
  return { oid, lfs };
}

function json(response: ServerResponse, content: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(content));
}

function refuse(response: ServerResponse, status: NonNullable<Faults["status"]>): void {
  if (status.errorCode) response.setHeader("X-Error-Code", status.errorCode);
  if (status.retryAfter !== undefined) response.setHeader("Retry-After", status.retryAfter);
  response.writeHead(status.code, { "Content-Type": "application/json" }).end(JSON.stringify({ error: "refused" }));
}
