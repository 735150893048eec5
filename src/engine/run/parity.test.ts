import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu, testGpuAsHardware } from "../testing/devices.ts";
import { type CaseName, caseNames, familyNames, loadFamily, type TrainingCase } from "../testing/families.ts";
import {
  type Deviation,
  measureBases,
  measureModel,
  measureTraining,
  measureWhole,
  tolerances,
} from "../testing/familyParity.ts";

/*
 * Models, gradients and training against PyTorch and transformers. `npm run parity` measures the same and more, and
 * writes what it finds to docs/parity.md.
 */

// Fixtures are float32: 6e-8. Their own implementation takes RMS norms, softmax and rotary angles of Llama and T5 in
// float32 even in float64, which moves gradients by up to 4e-6 and, through Adam, losses by 2.5e-6.
const inFloat64 = {
  states: 1e-6,
  outputs: 1e-6,
  loss: 1e-6,
  gradients: 6e-6,
  "adapter gradients": 6e-6,
  "ten losses": 6e-6,
};
const devices = [
  ["the CPU in float64", async () => new CpuDevice(Float64Array), inFloat64],
  ["the GPU", testGpu, tolerances],
] as const;

function expectClose(deviations: readonly Deviation[], bounds: typeof tolerances): void {
  for (const { quantity, error, where } of deviations)
    expect(error, `${quantity}, farthest at ${where}`).toBeLessThan(bounds[quantity]);
}

describe.each(familyNames)("%s", (name) => {
  describe.each(devices)("on %s", (_, open, bounds) => {
    test("computes the states, outputs, loss and gradients of transformers", async () => {
      expectClose(await measureModel(await open(), await loadFamily(name)), bounds);
    });

    test.each(caseNames)("takes the ten steps of PyTorch's AdamW with %s", async (caseName) => {
      expectClose(await measureTraining(await open(), await loadFamily(name), caseName), bounds);
    });

    test("takes the ten steps of PyTorch's AdamW in full fine-tuning, with decay of matrices alone", async () => {
      expectClose([await measureWhole(await open(), await loadFamily(name))], bounds);
    });
  });

  test("finds the first gradient's directions that an exact decomposition does", async () => {
    const shares = await measureBases(new CpuDevice(Float64Array), await loadFamily(name));
    // Ten columns of twelve and three power steps leave little; the fixture itself is float32.
    for (const [factor, share] of shares) expect(share, factor).toBeGreaterThan(1 - 1e-6);
  });
});

// One GELU by erf and one by tanh, which cards compute together with the products before and after them.
test.each(["bert", "gpt2"] as const)("the kernels for graphics cards train %s as well", async (name) => {
  expectClose(await measureTraining(await testGpuAsHardware(), await loadFamily(name), "compressed"), tolerances);
});

test.each<[CaseName, Partial<TrainingCase>]>([
  ["lora", { weightDecay: 0 }],
  ["lora", { alpha: 7.9 }],
  ["narrow", { epsilon: 1e-4 }],
  ["compressed", { gamma: 0.2 }],
])("a %s that is trained with other settings is noticed: %o", async (caseName, settings) => {
  const family = await loadFamily("gpt2");
  const cases = { ...family.cases, [caseName]: { ...family.cases[caseName], ...settings } };
  const deviations = await measureTraining(new CpuDevice(Float64Array), { ...family, cases }, caseName);
  const { error } = deviations.find(({ quantity }) => quantity === "ten losses")!;
  expect(error).toBeGreaterThan(tolerances["ten losses"]);
});

test.each(familyNames)("full fine-tuning of %s in which vectors decay too is noticed", async (name) => {
  const family = await loadFamily(name);
  const whole = { ...family.whole, weightDecayOn: "all" as const };
  const { error } = await measureWhole(new CpuDevice(Float64Array), { ...family, whole });
  expect(error).toBeGreaterThan(tolerances["ten losses"]);
});
