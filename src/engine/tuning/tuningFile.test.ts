import { expect, test } from "vitest";
import type { AdapterDescription } from "../device/device.ts";
import type { Tuning } from "./tuneProducts.ts";
import { assertOfDevice, readTuning, TuningFileError, writeTuning } from "./tuningFile.ts";

const adapter: AdapterDescription = {
  vendor: "somebody",
  architecture: "one",
  description: "",
  kind: "hardware",
  featureLevel: "core",
  subgroups: true,
  subgroupSize: 32,
  shaderF16: true,
  invocations: 256,
  maxBufferSize: 1,
  maxStorageBufferBindingSize: 1,
};

const tuning: Tuning = {
  kernelChoice: "wide=blocks,narrow=split,long=split,small=tiled,reductions=subgroups",
  standard: "wide=tiled,narrow=split,long=split,small=tiled",
  timings: [
    { class: "wide", way: "tiled", ms: 1.5 },
    { class: "attention", way: "fused", ms: 2 },
    { class: "reductions", way: "subgroups", ms: 0.25 },
  ],
};

const when = new Date("2001-02-03T04:05:06.000Z");
const text = writeTuning(adapter, tuning, when);

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof TuningFileError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "read";
}

test("a file says what was written, of which device and when", () => {
  const shared = readTuning(text, "tuning.json");
  expect(shared.tuning).toEqual(tuning);
  expect(shared.measured).toBe(when.toISOString());
  expect(codeOf(() => assertOfDevice(shared, adapter, "tuning.json"))).toBe("read");
  // What a buffer may hold changes no kernel.
  expect(codeOf(() => assertOfDevice(shared, { ...adapter, maxBufferSize: 2 }, "tuning.json"))).toBe("read");
});

test.each<[Partial<AdapterDescription>, string]>([
  [{ architecture: "two" }, "architecture"],
  [{ subgroupSize: undefined }, "subgroupSize"],
  [{ kind: "software", vendor: "google" }, "vendor, kind"],
])("a file of another kind of device is refused: %j", (change, differ) => {
  const refused = codeOf(() => assertOfDevice(readTuning(text, "f"), { ...adapter, ...change }, "f"));
  expect(refused).toMatch(/^tuning-other-device: f was measured on somebody one, and this is /);
  expect(refused).toContain(`they differ in ${differ}`);
});

test.each<[string, string, string]>([
  ['"tuning": 1', '"tuning": 2', "tuning-newer: f is of version 2"],
  ['"tuning": 1', '"tuning": 0', "tuning-damaged"],
  ['"tuning": 1,', "", "tuning is missing"],
  ["wide=blocks", "wide=best", "kernels must be a choice of kernels"],
  ['"class": "wide"', '"class": "wild"', "timings[0].class must be one of wide, narrow"],
  ['"way": "fused"', '"way": "tiled"', "timings[1].way must be one of composed, fused"],
  ['"ms": 1.5', '"ms": -1.5', "timings[0].ms must be a number that is not negative"],
  ['"ms": 1.5', '"ms": 1e999', "timings[0].ms must be a number"],
  ['"kind": "hardware"', '"kind": "cpu"', "device.kind must be one of software, hardware"],
  ['"subgroups": true', '"subgroups": 1', "device.subgroups must be true or false"],
  ["2001-02-03T", "yesterday T", "measured must be a date"],
  ['"vendor"', '"owner"', "device.vendor is missing"],
  ['"rankscope"', '"extra": 1, "rankscope"', '"extra" is not known'],
  ["}\n", "", "it is not valid JSON"],
])("what is not as it was written is refused by its name: %s as %s", (was, is, problem) => {
  expect(text).toContain(was);
  const at = was === "}\n" ? text.lastIndexOf(was) : text.indexOf(was);
  const changed = text.slice(0, at) + is + text.slice(at + was.length);
  expect(codeOf(() => readTuning(changed, "f"))).toContain(problem);
});

test.each(["[]", "null", "", "x".repeat(70_000)])("what is no such file at all is refused", (other) => {
  expect(codeOf(() => readTuning(other, "f"))).toMatch(/^tuning-damaged: f is no file of tuned kernels/);
});
