/** What trains: a graphics device, which may be software, or the processor. */
export type DeviceChoice = "graphics" | "processor";

/** The adapter that `open` would take. */
export function findAdapter(gpu: GPU): Promise<GPUAdapter | null> {
  return gpu.requestAdapter({ powerPreference: "high-performance" });
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
export function deviceFor(adapter: GPUAdapter | null, chosen?: DeviceChoice): DeviceChoice {
  if (!adapter || chosen === "processor") return "processor";
  return chosen ?? (isSoftware(adapter) ? "processor" : "graphics");
}
