import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { BoundDispatch, Program } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";
import { DeviceLostError } from "../errors.ts";
import type { Kernel } from "../kernels/kernel.ts";
import {
  openNodeGpu,
  testGpu,
  testGpuAsHardware,
  testGpuInCompatibilityMode,
  testGpuWithoutSubgroups,
} from "../testing/devices.ts";
import { checks } from "./checks.ts";
import { type CheckResult, runChecks } from "./runChecks.ts";
import { nameOf, summarise, worstFirst } from "./summary.ts";

const inWords = (result: CheckResult) => `${nameOf(result)}: ${result.error ?? result.problem} > ${result.tolerance}`;
const failuresOf = (results: readonly CheckResult[]) => results.filter(({ passes }) => !passes);

/** The device with another shader in place of a kernel's, which is what a broken driver amounts to. */
class DoctoredDevice extends DeviceScope {
  readonly #doctor: (source: string, kernel: Kernel) => string;

  constructor(
    device: ConstructorParameters<typeof DeviceScope>[0],
    doctor: (source: string, kernel: Kernel) => string,
  ) {
    super(device);
    this.#doctor = doctor;
  }

  override compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    const doctored = dispatches.map((dispatch) => {
      const { kernel } = dispatch;
      const variants = kernel.variants.map((variant) => {
        const source = this.#doctor(variant.source, kernel);
        // Devices know pipelines by their entry points.
        const entry = source === variant.source ? variant.entry : `${variant.entry}_doctored`;
        return { ...variant, entry, source: source.replace(`fn ${variant.entry}(`, `fn ${entry}(`) };
      });
      return { ...dispatch, kernel: { ...kernel, variants } };
    });
    return super.compile(label, doctored);
  }
}

test("this device passes every check, hears of each, and is left as it was", async () => {
  const device = await testGpu();
  const { liveBytes } = device.ledger;
  const heard: string[] = [];
  const results = await runChecks(device, {
    report: (result, done, total) => {
      expect(total).toBe(checks.length);
      expect(heard.push(nameOf(result))).toBe(done);
    },
  });
  expect(failuresOf(results).map(inWords)).toEqual([]);
  expect(heard).toEqual(checks.map(nameOf));
  expect(device.ledger.liveBytes).toBe(liveBytes);
  expect(device.ledger.uncapturedErrors).toBe(0);
  const { count, failures, worst } = summarise(results, new Date(0));
  expect({ count, failures }).toEqual({ count: checks.length, failures: [] });
  expect(worst!.error / worst!.tolerance).toBeLessThan(1);
});

test.each([
  ["a graphics card with all that it has", {}, testGpuAsHardware],
  [
    "a graphics card without subgroups and halves",
    {},
    () => openNodeGpu({ kind: "hardware", subgroups: false, shaderF16: false }),
  ],
  ["a software adapter without", {}, testGpuWithoutSubgroups],
  ["a card in compatibility mode", {}, () => testGpuInCompatibilityMode({ kind: "hardware" })],
  ["a software adapter in compatibility mode", {}, testGpuInCompatibilityMode],
  ["quads on a card", { kernelChoice: "wide=quads,narrow=quads,long=quads,small=quads" }, testGpuAsHardware],
  ["split sums", { kernelChoice: "wide=split,narrow=split,long=split,small=split" }, testGpuAsHardware],
  ["large blocks", { kernelChoice: "wide=blocks,narrow=blocks,long=blocks,small=blocks" }, testGpuAsHardware],
  ["plain loops", { kernelChoice: "wide=plain,narrow=plain,long=plain,small=plain" }, testGpuAsHardware],
  [
    "reductions in subgroups",
    { kernelChoice: "wide=plain,narrow=plain,long=plain,small=plain,reductions=subgroups" },
    testGpu,
  ],
] as const)("so do the kernels for %s", async (_, settings, open) => {
  const device = await open();
  Object.assign(device, settings);
  // The factorisations are the same everywhere, and slow where barriers are.
  const own = checks.filter(({ kind, name }) => kind === "kernel" && !["jacobi", "cholesky"].includes(name));
  expect(own.length).toBeGreaterThan(100);
  expect(failuresOf(await runChecks(device, { checks: own })).map(inWords)).toEqual([]);
  device.kernelChoice = undefined;
});

test.each<[string, (source: string) => string, RegExp]>([
  // The mean left in: every user of the kernel notices.
  [
    "layer_norm",
    (source) => source.replace("let mean = row_sum(local, sum) / f32(params.cols)", "let mean = 0.0"),
    /^(layer_norm kernel|layerNorm)/,
  ],
  // One part in a thousand, on the way back only.
  [
    "gelu_backward",
    (source) => source.replaceAll("d_input[i] = ", "d_input[i] = 1.001 * "),
    /^(gelu_backward kernel|gelu gradient)/,
  ],
  // One element too many.
  ["relu", (source) => source.replace("if (i >= params.length)", "if (i > params.length)"), /^relu kernel/],
  // No WGSL at all.
  [
    "tanh_forward",
    (source) => source.replace("= tanh(clamp", "= tangent(clamp"),
    /^(tanh_forward kernel|tanh gradient)/,
  ],
])("a broken %s fails exactly the checks that use it", async (name, doctor, expected) => {
  let isDoctored = false;
  const device = new DoctoredDevice(await testGpu(), (source, kernel) => {
    if (kernel.name !== name) return source;
    const other = doctor(source);
    isDoctored ||= other !== source;
    return other;
  });
  const results = await runChecks(device);
  expect(isDoctored, "the shader reads as it did when this test was written").toBe(true);
  const failures = failuresOf(results);
  expect(failures.map(nameOf)).toEqual(checks.map(nameOf).filter((each) => expected.test(each)));
  expect(summarise(results, new Date(0)).failures.map(({ check }) => check)).toEqual(failures.map(nameOf));
  expect(
    worstFirst(results)
      .slice(0, failures.length)
      .every(({ passes }) => !passes),
  ).toBe(true);
});

test("a check that is cancelled ends before the next one", async () => {
  const cancel = new AbortController();
  let done = 0;
  const running = runChecks(new CpuDevice(Float64Array), {
    signal: cancel.signal,
    report: () => {
      done++;
      if (done === 3) cancel.abort();
    },
  });
  await expect(running).rejects.toThrow("aborted");
  expect(done).toBe(3);
});

test("a lost device is an error and no failed check", async () => {
  const device = await openNodeGpu();
  const own = checks.filter(({ name }) => name === "fill");
  const running = runChecks(device, { checks: [...own, ...own], report: () => device.destroy() });
  await expect(running).rejects.toThrow(DeviceLostError);
});
