import { expect, test } from "vitest";
import type { BenchReport } from "../../engine/bench/report.ts";
import { CpuDevice } from "../../engine/device/cpu.ts";
import { toBase64url } from "./base64url.ts";
import { BenchLinkError, benchQuery, figuresOf, readBenchQuery } from "./benchLink.ts";
import { checksum } from "./checksum.ts";

const report: BenchReport = {
  rankscope: "0.1.0",
  when: "2001-02-03T04:05:06.000Z",
  runtime: "Chrome 1",
  adapter: { ...new CpuDevice().description, vendor: "somebody" },
  rows: [
    { group: "Products", name: "[8×8×8]", flop: 1024, verdict: "measured", ms: 1.23456, spread: 0.01 },
    { group: "Spectra", name: "r = 8", flop: undefined, verdict: "too noisy", ms: 2, spread: 0.5 },
    { group: "Spectra", name: "r = 9", flop: undefined, verdict: "skipped", why: "would take an hour" },
  ],
};
const figures = figuresOf(report);
const query = benchQuery(figures);

function refusalOf(written: string): string {
  try {
    readBenchQuery(written);
  } catch (error) {
    if (error instanceof BenchLinkError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "read";
}

/** A link with this content and a checksum that fits. */
function linkWith(content: unknown): string {
  const start = `v=1&z=${toBase64url(new TextEncoder().encode(JSON.stringify(content)))}`;
  return `${start}&c=${checksum(start)}`;
}

test("a link gives back what was measured where and when, and why a row has no figure", () => {
  const read = readBenchQuery(query);
  expect(read).toEqual(figures);
  expect(read.device).toContain("somebody");
  expect(read.rows).toEqual([
    { group: "Products", name: "[8×8×8]", value: 1.235, unit: "ms" },
    { group: "Spectra", name: "r = 8", unit: "ms", said: "too noisy to report" },
    { group: "Spectra", name: "r = 9", unit: "ms", said: "skipped: would take an hour" },
  ]);
});

test("no changed or missing character goes unnoticed", () => {
  for (let at = 0; at < query.length; at++) {
    const other = query[at] === "x" ? "y" : "x";
    expect(refusalOf(query.slice(0, at) + other + query.slice(at + 1)), `${at}`).toMatch(/^bench-damaged/);
    expect(refusalOf(query.slice(0, at)), `${at}`).toMatch(/^bench-damaged/);
  }
});

test("newer links are named as such, whatever follows", () => {
  expect(refusalOf(query.replace("v=1", "v=2"))).toBe(
    "bench-newer: This link to figures is of version 2, and this program reads version 1",
  );
  expect(refusalOf("v=7&else=1")).toMatch(/^bench-newer/);
  expect(refusalOf(query.replace("v=1", "v=0"))).toMatch(/there is no version 0/);
});

test.each<[object, string]>([
  [{ kind: "abacus" }, "kind must be one of software, hardware, cpu"],
  [{ when: "today" }, "when must be a date"],
  [{ rows: {} }, "rows must be a list of up to 300 objects"],
  [{ rows: [7] }, "rows[0] must be an object"],
  [{ rows: [{ group: "a", name: "b", unit: "ms", value: "1" }] }, "rows[0].value must be a number"],
  [{ rows: [{ group: "a", unit: "ms" }] }, "rows[0].name is missing"],
  [{ extra: 1 }, '"extra" is not known'],
])("content that is not as it must be is refused by its name: %j", (change, problem) => {
  expect(refusalOf(linkWith({ ...figures, ...change }))).toContain(problem);
});

test.each(["", "v=1", "v=1&z=e30", "z=e30", "x".repeat(40_000)])("what is no such link is refused: %#", (written) =>
  expect(refusalOf(written)).toMatch(/^bench-damaged/),
);
