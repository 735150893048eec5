import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cut, statusFailure } from "./failures.ts";
import { HUB } from "./model.ts";
import { Patience } from "./patience.ts";

const repository = { hub: HUB, owner: "owner", name: "name", revision: "main" };
const tooMany = (seconds: number) => statusFailure(429, new Headers({ "retry-after": String(seconds) }), repository);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Attempts something that fails so often before it succeeds. @returns attempts made, and what came of it. */
async function attempts(
  times: number,
  failure: () => Error,
  { renews = false, signal = new AbortController().signal } = {},
) {
  const patience = new Patience(() => {}, signal);
  let made = 0;
  const result = patience
    .attempt(async () => {
      made++;
      if (renews) patience.renew();
      if (made <= times) throw failure();
      return "done";
    })
    .catch((error: Error) => error.message);
  await vi.runAllTimersAsync();
  return { made, result: await result };
}

test("what may pass is tried three times more", async () => {
  expect(await attempts(3, () => cut("a", 1, 2))).toEqual({ made: 4, result: "done" });
  expect(await attempts(4, () => cut("a", 1, 2))).toEqual({ made: 4, result: expect.stringContaining("was cut") });
});

test("what moves on is tried as often as it takes", async () => {
  expect(await attempts(20, () => cut("a", 1, 2), { renews: true })).toEqual({ made: 21, result: "done" });
});

test("a hub is left alone for as long as it asks, and where that is long the visitor decides", async () => {
  const start = Date.now();
  expect(await attempts(1, () => tooMany(7))).toEqual({ made: 2, result: "done" });
  expect(Date.now() - start).toBeGreaterThanOrEqual(7000);
  expect((await attempts(1, () => tooMany(60))).made).toBe(1);
});

test("what cannot pass is tried once", async () => {
  expect((await attempts(1, () => statusFailure(404, new Headers(), repository))).made).toBe(1);
  expect((await attempts(1, () => new TypeError("a mistake"))).made).toBe(1);
});

test("waiting ends when it is given up", async () => {
  const control = new AbortController();
  const patience = new Patience(() => control.abort(new Error("given up")), control.signal);
  const waiting = patience.attempt(() => Promise.reject(cut("a", 1, 2)));
  await expect(waiting).rejects.toThrow("given up");
});
