import { nameOfDevice } from "../../engine/device/device.ts";
import { processorThreads } from "../../worker/processorThreads.ts";
import { readStored, writeStored } from "./useStored.ts";

/** What stands between this browser and training, in the order in which it is found out. */
export interface DeviceCheck {
  readonly kind: "checking" | "ready" | "slow" | "processor" | "blocked";
  readonly sentence: string;
  /** What can be done about it. */
  readonly fix?: string;
  /** What to press for the other device, where there is a choice. */
  readonly other?: { readonly label: string; readonly choose: () => void };
}

/** The visitor's choice of the processor, which outlives the page. Whoever changes it loads the page anew. */
const PREFERENCE = "processor";

export const prefersProcessor = () => readStored(PREFERENCE, false);

function prefer(processor: boolean): void {
  writeStored(PREFERENCE, processor);
  window.location.reload();
}

export async function checkWebGpu(): Promise<DeviceCheck> {
  if (!window.isSecureContext) {
    return blocked(
      "This page was opened over plain HTTP, where browsers switch WebGPU off.",
      "Open it over https:// or from localhost.",
    );
  }
  if (prefersProcessor()) {
    return {
      kind: "processor",
      sentence: `Training runs on the processor, in ${threadsInWords()}, as you chose.`,
      other: { label: "Use the graphics device again", choose: () => prefer(false) },
    };
  }
  const { gpu } = navigator as Navigator & { gpu?: GPU };
  if (!gpu) {
    return onProcessor(
      "This browser has no WebGPU",
      "For the graphics card, use a current Chrome or Edge (113 or later), or Safari 26; on Linux, set chrome://flags/#enable-unsafe-webgpu. On a managed device, ask its administrator.",
    );
  }
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter();
  } catch (error) {
    return blocked(
      `The browser could not look for a graphics adapter: ${String(error)}`,
      "Restart the browser and try again.",
    );
  }
  if (!adapter) {
    return onProcessor(
      "WebGPU is there, but no graphics adapter answered",
      "For the graphics card, look at the WebGPU line of chrome://gpu; a newer graphics driver often helps, and so does switching hardware acceleration on in the browser's settings.",
    );
  }
  const { architecture, description, isFallbackAdapter } = adapter.info;
  const name = nameOfDevice(adapter.info);
  try {
    (await adapter.requestDevice()).destroy();
  } catch (error) {
    return blocked(
      `The graphics adapter (${name}) refused a device: ${error instanceof Error ? error.message : error}`,
      "Close other tabs that use the graphics card, then reload.",
    );
  }
  if (isFallbackAdapter || /swiftshader|llvmpipe/i.test(`${architecture} ${description}`)) {
    return {
      kind: "slow",
      sentence: `Only a software graphics adapter was found (${name}): everything works, but slowly.`,
      fix: "Switch hardware acceleration on in the browser's settings, if this machine has a graphics card. Without one the processor is several times faster.",
      other: { label: "Use the processor instead", choose: () => prefer(true) },
    };
  }
  return { kind: "ready", sentence: `Ready on ${name}.` };
}

function onProcessor(why: string, fix: string): DeviceCheck {
  return {
    kind: "processor",
    sentence: `${why}: training runs on the processor, in ${threadsInWords()}. The bundled models fit; a step takes from a fraction of a second to a few seconds.`,
    fix,
  };
}

function threadsInWords(): string {
  const count = processorThreads();
  return count > 1 ? `${count} threads` : "one thread";
}

function blocked(sentence: string, fix: string): DeviceCheck {
  return { kind: "blocked", sentence, fix };
}
