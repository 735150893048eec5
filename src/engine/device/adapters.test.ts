import { expect, test } from "vitest";
import { GpuUnavailableError } from "../errors.ts";
import { openNodeGpu } from "../testing/devices.ts";
import { LOWEST_LIMITS } from "../testing/shaderNeeds.ts";
import { deviceFor, findAdapter, traitsOf } from "./adapters.ts";
import { GpuDevice } from "./gpu.ts";

/** A GPU that has adapters of these levels alone, and what it was asked for. */
function gpuOf(...levels: string[]) {
  const asked: (string | undefined)[] = [];
  const gpu = {
    requestAdapter: async ({ featureLevel }: GPURequestAdapterOptions = {}) => {
      asked.push(featureLevel);
      return levels.includes(featureLevel!) ? adapterOf({}) : null;
    },
  } as unknown as GPU;
  return { gpu, asked };
}

interface Said {
  readonly features?: readonly string[];
  readonly info?: Partial<GPUAdapterInfo>;
  readonly limits?: Record<string, number>;
}

function adapterOf({ features = [], info = {}, limits = {} }: Said): GPUAdapter {
  const most = {
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupSizeX: 1024,
    maxComputeWorkgroupSizeY: 1024,
  };
  return { features: new Set(features), info, limits: { ...most, ...limits } } as unknown as GPUAdapter;
}

test("WebGPU's core is asked for first, compatibility mode second, and nothing after that", async () => {
  const both = gpuOf("core", "compatibility");
  expect(await findAdapter(both.gpu)).toMatchObject({ featureLevel: "core" });
  expect(both.asked).toEqual(["core"]);
  const old = gpuOf("compatibility");
  expect(await findAdapter(old.gpu)).toMatchObject({ featureLevel: "compatibility" });
  expect(old.asked).toEqual(["core", "compatibility"]);
  const none = gpuOf();
  expect(await findAdapter(none.gpu)).toBeUndefined();
  await expect(GpuDevice.open(none.gpu)).rejects.toThrow(GpuUnavailableError);
});

test("traits are what the adapter says of itself, and workgroups are no larger than kernels are", () => {
  const subgroups = { subgroupMinSize: 8, subgroupMaxSize: 128 };
  expect(traitsOf(adapterOf({ features: ["subgroups", "shader-f16"], info: subgroups }))).toEqual({
    kind: "hardware",
    subgroups: true,
    shaderF16: true,
    invocations: 256,
    subgroupSize: undefined,
  });
  expect(traitsOf(adapterOf({ limits: { maxComputeWorkgroupSizeY: 128 } })).invocations).toBe(128);
});

test.each([
  [8, 128, 32],
  [32, 32, 32],
  [4, 4, 4],
  [64, 64, 64],
  [8, 16, 16],
  [2, 32, undefined],
])("of subgroups of %d to %d the size %d is fixed", (subgroupMinSize, subgroupMaxSize, size) => {
  const features = ["subgroups", "subgroup-size-control"];
  expect(traitsOf(adapterOf({ features, info: { subgroupMinSize, subgroupMaxSize } })).subgroupSize).toBe(size);
});

test("a device in compatibility mode is granted the limits of its adapter, and says what it is", async () => {
  const core = await openNodeGpu();
  expect(core.description).toMatchObject({ featureLevel: "core", invocations: 256 });
  const wide = await openNodeGpu({}, ["compatibility"]);
  expect(wide.description).toMatchObject({ featureLevel: "compatibility", invocations: core.description.invocations });
  const least = await openNodeGpu({ invocations: LOWEST_LIMITS.invocations }, ["compatibility"]);
  expect(least.description).toMatchObject({ featureLevel: "compatibility", invocations: 128 });
});

const card = adapterOf({ info: { vendor: "nvidia", architecture: "turing", isFallbackAdapter: false } });
const software = [
  adapterOf({ info: { vendor: "google", architecture: "swiftshader", isFallbackAdapter: false } }),
  adapterOf({ info: { vendor: "mesa", architecture: "", description: "llvmpipe (LLVM 19, 256 bits)" } }),
  adapterOf({ info: { vendor: "microsoft", description: "Microsoft Basic Render Driver" } }),
  adapterOf({ info: { isFallbackAdapter: true } }),
];

test("a graphics card trains unless the processor was chosen", () => {
  expect(deviceFor(card)).toBe("graphics");
  expect(deviceFor(card, "graphics")).toBe("graphics");
  expect(deviceFor(card, "processor")).toBe("processor");
});

test("the processor trains in the place of a software GPU unless that was chosen", () => {
  for (const each of software) {
    expect(deviceFor(each)).toBe("processor");
    expect(deviceFor(each, "graphics")).toBe("graphics");
  }
});

test("without any adapter the processor trains, whatever was chosen", () => {
  expect(deviceFor(undefined)).toBe("processor");
  expect(deviceFor(undefined, "graphics")).toBe("processor");
});
