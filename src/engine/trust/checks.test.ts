import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { shaders } from "../kernels/shaders.ts";
import { allKernels } from "../testing/kernels.ts";
import { checks, gradientCheckList, kernelCheckList } from "./checks.ts";
import { nameOf } from "./summary.ts";

const engine = path.join(import.meta.dirname, "..");
const filesOf = (folder: string) =>
  readdirSync(path.join(engine, folder)).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));

/** Files of `ops` that hold no operation with a gradient, and why. */
const withoutGradient: Readonly<Record<string, string>> = {
  "inverseNorms.ts": "taken as a constant, as DoRA has it",
  "assertBindable.ts": "checks what the tape records",
  "attentionInputs.ts": "describes the inputs of attention",
  "constants.ts": "numbers that stand for what is not there",
  "hoisted.ts": "moves what is recorded",
  "argmaxRows.ts": "a position has no gradient",
  "finite.ts": "looks for what is not finite and changes nothing",
  "random.ts": "random numbers have no input to be differentiated",
  "sumRows.ts": "is itself a part of gradients, those of bias and scale",
  "fuseProducts.ts": "joins recorded products",
  "groupProducts.ts": "puts recorded products into one dispatch",
  "liveness.ts": "says how long tensors are needed",
  "packing.ts": "gives tensors their places",
  "pools.ts": "says which tensors share a buffer",
  "productUnits.ts": "says which products belong together",
  "recordedDispatch.ts": "describes what is recorded",
  "layout.ts": "makes copies for kernels",
  "memoryPlan.ts": "gives tensors their memory",
  "storedHalves.ts": "changes how what is recorded is stored",
  "stridedCopy.ts": "is how the tape moves what is differentiated elsewhere",
  "tape.ts": "records operations",
  "tensor.ts": "describes tensors",
};

test("every kernel is checked over two sizes at least, and with either value of each of its flags", async () => {
  const kernels = await allKernels();
  expect(kernels.length).toBeGreaterThan(40);
  for (const { name, flags } of kernels) {
    const own = kernelCheckList.filter((check) => check.name === name);
    expect(own.length, name).toBeGreaterThanOrEqual(2 * 2 ** flags.length);
  }
});

test("every shader belongs to a kernel that is checked", async () => {
  const entries = (await allKernels()).flatMap(({ variants }) => variants.map(({ entry }) => `${entry}.wgsl`));
  expect(Object.keys(shaders).filter((file) => !file.startsWith("lib/") && !entries.includes(file))).toEqual([]);
});

test("every operation has its gradient checked, or a reason to have none", () => {
  const checked = gradientCheckList.map(({ name }) => `${name}.ts`);
  expect([...new Set([...checked, ...Object.keys(withoutGradient)])].sort()).toEqual(filesOf("ops").sort());
  expect(checked.filter((file) => file in withoutGradient)).toEqual([]);
});

test("no two checks are called the same", () => {
  const names = checks.map(nameOf);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

describe.each(kernelCheckList.map((check) => [nameOf(check), check] as const))("%s", (_, check) => {
  test("its reference gives numbers, and in float32 what it gives in float64", async () => {
    const error = await check.run(new CpuDevice(Float32Array));
    expect(error).toBeLessThanOrEqual(check.tolerance.bound);
  });
});
