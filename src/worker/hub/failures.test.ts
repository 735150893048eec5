import { describe, expect, test } from "vitest";
import { cut, noHub, noStorage, statusFailure, storageFull, unreachable, wrongHash, wrongSize } from "./failures.ts";
import { HUB } from "./model.ts";

const repository = { hub: HUB, owner: "owner", name: "name", revision: "main" };
const file = { ...repository, file: "model.safetensors" };
const status = (code: number, headers: Record<string, string> = {}, subject: typeof repository = repository) =>
  statusFailure(code, new Headers(headers), subject);

describe("what a hub refuses", () => {
  test.each([
    [status(401, { "x-error-code": "GatedRepo" }), "owner/name is gated", "takes no tokens"],
    [status(401), "owner/name is private, or not on huggingface.co at all", "takes no tokens"],
    [status(403), "does not let the model owner/name be read", "open its folder"],
    [status(404, { "x-error-code": "RepoNotFound" }), "there is no model owner/name on huggingface.co", "Check"],
    [status(404, { "x-error-code": "RevisionNotFound" }), "has no revision main", "a branch such as main"],
    [status(404), "no model owner/name with a revision main", "Check owner, name and revision"],
    [status(404, {}, file), "the file model.safetensors is no longer at owner/name", "Look again"],
    [status(404, { "x-error-code": "RevisionNotFound" }, file), "has no revision main", "Name a branch"],
    [status(429), "too many requests", "Try again in some minutes."],
    [status(429, { "retry-after": "7" }, file), "too many requests", "in 7 seconds. What is stored stays"],
    [status(500), "trouble of its own (500)", "Try again later."],
    [status(503, {}, file), "trouble of its own (503)", "Resume goes on"],
    [status(418), "answered 418", "address"],
    [unreachable(true, repository), "huggingface.co could not be reached", "blocked"],
    [unreachable(false, file), "this device is offline", "What is stored stays"],
    [cut("model.safetensors", 1_500_000, 3_000_000), "cut at 1.5 MB of 3 MB of model.safetensors", "Resume goes on"],
    [noHub(repository), "https://huggingface.co does not answer as a hub does", "mirror"],
    [wrongSize("a.json", 1200, 1300), "the file a.json has 1,200 bytes instead of 1,300", "thrown away"],
    [wrongSize("a.json", "more", 1300), "has more than the 1,300 bytes that the hub lists", "thrown away"],
    [
      wrongHash("a.json", { kind: "sha256", hex: "a".repeat(64) }, "b".repeat(64)),
      "SHA-256 begins with bbbbbbbbbbbb instead of aaaaaaaaaaaa",
      "thrown away",
    ],
    [
      storageFull(2_000_000, { quota: 9_000_000, usage: 8e6 }),
      "2 MB are still to come; this site uses 8 MB of the 9 MB",
      "Remove",
    ],
    [noStorage(), "keeps no files", "Private windows"],
  ])("%s", ({ message, hint }, says, advises) => {
    expect(message).toContain(says);
    expect(hint).toContain(advises);
    expect(message).not.toMatch(/\.$/);
    expect(hint).toMatch(/\.$/);
  });

  test("only what may pass by itself is tried again", () => {
    expect(
      [status(429), status(500), status(503), unreachable(true, file), cut("a", 1, 2)].map(({ passes }) => passes),
    ).toEqual(Array(5).fill(true));
    expect(
      [status(401), status(403), status(404), unreachable(false, file), noHub(file), storageFull(1)].map(
        ({ passes }) => passes,
      ),
    ).toEqual(Array(6).fill(false));
  });

  test("a date to come back at is reported in seconds", () => {
    const { waitSeconds } = status(429, { "retry-after": new Date(Date.now() + 30_000).toUTCString() });
    expect(waitSeconds).toBeGreaterThan(25);
    expect(waitSeconds).toBeLessThanOrEqual(30);
    expect(status(429, { "retry-after": "soon" }).waitSeconds).toBeUndefined();
  });
});
