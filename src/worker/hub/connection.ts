import { type Subject, statusFailure, unreachable } from "./failures.ts";

/**
 * Requests about one subject, for those that take a `fetch`: without cookies or where they come from, and with a
 * DownloadError for every answer that is none.
 *
 * @param signal gives up what is being fetched.
 */
export function connect(subject: Subject, signal: AbortSignal): typeof fetch {
  return async (input, init) => {
    let response: Response;
    try {
      response = await fetch(input, {
        ...init,
        signal,
        credentials: "omit",
        referrerPolicy: "no-referrer",
        // What is wanted again is kept by the page itself, once it is checked.
        cache: "no-store",
      });
    } catch {
      signal.throwIfAborted();
      throw unreachable(navigator.onLine, subject);
    }
    if (!response.ok) {
      void response.body?.cancel();
      throw statusFailure(response.status, response.headers, subject);
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(new Headers(init?.headers).get("range") ?? "");
    if (!range || response.status === 206 || !response.body) return response;
    // Not every server knows ranges: what comes before the part is let go by, and the rest is not waited for.
    const [from, last] = [Number(range[1]), range[2] === "" ? Number.POSITIVE_INFINITY : Number(range[2])];
    return new Response(response.body.pipeThrough(partOf(from, last + 1)), { headers: response.headers });
  };
}

/** Passes on bytes `from` up to `to` of a stream, and ends it there. */
export function partOf(from: number, to: number): TransformStream<Uint8Array, Uint8Array> {
  let at = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const part = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at));
      at += chunk.length;
      if (part.length > 0) controller.enqueue(part);
      if (at >= to) controller.terminate();
    },
  });
}
