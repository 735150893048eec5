import { afterEach, expect, test, vi } from "vitest";
import { isAt, lastingLinkTo, parseRoute } from "./route.ts";

afterEach(() => void vi.unstubAllGlobals());

test.each(["", "#", "#/", "#//"])("%j is the gallery", (hash) => {
  expect(parseRoute(hash)).toEqual({ screen: "gallery", query: undefined, hash });
});

test.each([
  ["#/lab", undefined],
  ["#/lab/", undefined],
  ["#/LAB", undefined],
  ["#/lab?v=1&rank=4", "v=1&rank=4"],
  ["#/lab/?v=1&rank=4", "v=1&rank=4"],
  ["#/Lab?v=1", "v=1"],
  // A link that was cut off behind its question mark is a damaged link, not the defaults.
  ["#/lab?", ""],
  ["#/lab?v=1&title=why?", "v=1&title=why?"],
])("%j is the lab", (hash, query) => {
  expect(parseRoute(hash)).toEqual({ screen: "lab", query, hash });
});

test("the bench may have somebody's figures", () => {
  expect(parseRoute("#/bench")).toEqual({ screen: "bench", query: undefined, hash: "#/bench" });
  expect(parseRoute("#/bench?v=1")).toEqual({ screen: "bench", query: "v=1", hash: "#/bench?v=1" });
});

test.each(["#/?v=1&rank=4", "#/?", "#/nonsense", "#lab", "#/lab/x?v=1", "#v=1&rank=4"])("%j is not known", (hash) => {
  expect(parseRoute(hash).screen).toBe("unknown");
});

test.each([
  ["https://example.org/rankscope/", "https://example.org/rankscope/#/lab?v=2"],
  ["http://localhost:4173/", "#/lab?v=2"],
  ["http://127.0.0.1:8080/", "#/lab?v=2"],
  ["http://[::1]/", "#/lab?v=2"],
  ["https://localhost.example.org/", "https://localhost.example.org/#/lab?v=2"],
])("a link that goes with files from %s", (page, link) => {
  vi.stubGlobal("window", { location: new URL(page) });
  expect(lastingLinkTo("/lab?v=2")).toBe(link);
});

test.each([
  ["#/lab", undefined, true],
  ["#/lab?v=1", "v=1", true],
  ["#/lab?v=1", undefined, false],
  // The gallery has no query either: whoever went there is not in the lab any more.
  ["#/", undefined, false],
  ["#/bench", undefined, false],
])("an address at %j is the lab's with the query %j: %s", (hash, query, expected) => {
  vi.stubGlobal("window", { location: { hash } });
  expect(isAt("lab", query)).toBe(expected);
});
