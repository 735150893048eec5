import { GpuUnavailableError } from "../errors.ts";
import type { AdapterTraits } from "../kernels/kernel.ts";
import type { FeatureLevel } from "./device.ts";

/** What trains: a graphics device, which may be software, or the processor. */
export type DeviceChoice = "graphics" | "processor";

/** Limits worth having at their largest; the rest of WebGPU's defaults suffice for every kernel. */
const WANTED_LIMITS = ["maxBufferSize", "maxStorageBufferBindingSize"] as const;

/** Limits on the invocations of a workgroup, which are lower in compatibility mode unless more is asked for. */
const WORKGROUP_LIMITS = [
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
] as const;

/** Of any shader. */
const MOST_INVOCATIONS = 256;

/** An adapter, and the level at which it was asked for. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly featureLevel: FeatureLevel;
}

/**
 * The adapter that `GpuDevice.open` takes: one of WebGPU's core, or, where there is none, one in compatibility mode, which
 * browsers have for graphics interfaces such as OpenGL ES 3.1.
 *
 * @param levels those to ask for, in turn.
 */
export async function findAdapter(
  gpu: GPU,
  levels: readonly FeatureLevel[] = ["core", "compatibility"],
): Promise<FoundAdapter | undefined> {
  for (const featureLevel of levels) {
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance", featureLevel });
    if (adapter) return { adapter, featureLevel };
  }
  return undefined;
}

/** SwiftShader and other CPU rasterisers; `isFallbackAdapter` moved from the adapter to its info. */
export function isSoftware(adapter: GPUAdapter): boolean {
  const { isFallbackAdapter, architecture, description } = adapter.info;
  return isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${architecture} ${description}`);
}

/**
 * The device that trains where nobody chose: the processor where there is no graphics adapter, or one in software, which
 * takes several times as long for everything.
 *
 * @param chosen what somebody asked for. Graphics are the processor all the same where there is no adapter.
 */
export function deviceFor(adapter: GPUAdapter | undefined, chosen?: DeviceChoice): DeviceChoice {
  if (!adapter || chosen === "processor") return "processor";
  return chosen ?? (isSoftware(adapter) ? "processor" : "graphics");
}

/** What an adapter has. */
export function traitsOf(adapter: GPUAdapter): AdapterTraits {
  const { features, info, limits } = adapter;
  const { subgroupMinSize: least = 0, subgroupMaxSize: most = 0 } = info;
  // Quads have four invocations: what has smaller subgroups has none.
  const subgroups = features.has("subgroups") && least >= 4;
  const isFixed = subgroups && features.has("subgroup-size-control");
  return {
    kind: isSoftware(adapter) ? "software" : "hardware",
    subgroups,
    shaderF16: features.has("shader-f16"),
    invocations: Math.min(MOST_INVOCATIONS, ...WORKGROUP_LIMITS.map((name) => limits[name])),
    // Most graphics cards have 32, with which all of them sum in one order; others have what is nearest.
    subgroupSize: isFixed ? Math.min(Math.max(32, least), most) : undefined,
  };
}

/** A device of an adapter, with what kernels of these traits need. @throws GpuUnavailableError when it is refused. */
export async function grantedBy(adapter: GPUAdapter, traits: AdapterTraits): Promise<GPUDevice> {
  const { subgroups, subgroupSize, shaderF16, invocations } = traits;
  const features = {
    subgroups,
    "subgroup-size-control": subgroups && subgroupSize !== undefined,
    "shader-f16": shaderF16,
  };
  try {
    return await adapter.requestDevice({
      requiredLimits: Object.fromEntries([
        ...WANTED_LIMITS.map((name) => [name, adapter.limits[name]] as const),
        ...WORKGROUP_LIMITS.map((name) => [name, Math.min(invocations, adapter.limits[name])] as const),
      ]),
      requiredFeatures: Object.entries(features).flatMap(([name, isWanted]) =>
        isWanted ? [name as GPUFeatureName] : [],
      ),
    });
  } catch (error) {
    throw new GpuUnavailableError(
      `the graphics adapter refused a device: ${error instanceof Error ? error.message : error}`,
      "Start again; if it stays, run on the processor.",
      { cause: error },
    );
  }
}
