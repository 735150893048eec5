import {
  type DeviceChoice,
  deviceFor,
  type FoundAdapter,
  findAdapter,
  isSoftware,
} from "../../engine/device/adapters.ts";
import { nameOfDevice } from "../../engine/device/device.ts";
import { type Origin, originOf } from "../../engine/device/origin.ts";
import { processorThreads } from "../../worker/processorThreads.ts";
import { readStored, writeStored } from "./useStored.ts";

/** What stands between this browser and training, in the order in which it is found out. */
export interface DeviceCheck {
  readonly kind: "checking" | "ready" | "slow" | "processor" | "blocked";
  readonly sentence: string;
  /** What can be done about it. */
  readonly fix?: string;
  /** Where runs will be made. */
  readonly here?: Origin;
  /** What to press for the other device, where there is a choice. */
  readonly other?: { readonly label: string; readonly choose: () => void };
}

/** Whether the visitor chose the processor or the graphics device; this outlives the page. Whoever changes it loads the page anew. */
const PREFERENCE = "processor";

export function chosenDevice(): DeviceChoice | undefined {
  const isProcessor = readStored<boolean | undefined>(PREFERENCE, undefined);
  return isProcessor === undefined ? undefined : isProcessor ? "processor" : "graphics";
}

function choose(device: DeviceChoice): void {
  writeStored(PREFERENCE, device === "processor");
  window.location.reload();
}

const toProcessor = { label: "Use the processor", choose: () => choose("processor") };

/** Where a graphics device would do nothing but draw slowly. */
const ACCELERATE = "If this machine has a graphics card, switch hardware acceleration on in the browser's settings.";

export async function checkWebGpu(): Promise<DeviceCheck> {
  if (!window.isSecureContext) {
    return blocked(
      "This page was opened over plain HTTP, where browsers switch WebGPU off.",
      "Open it over https:// or from localhost.",
    );
  }
  const chosen = chosenDevice();
  if (chosen === "processor") {
    return {
      kind: "processor",
      sentence: `Training runs on the processor, in ${threadsInWords()}, as you chose.`,
      here: originOf("cpu"),
      other: { label: "Use the graphics device", choose: () => choose("graphics") },
    };
  }
  const { gpu } = navigator as Navigator & { gpu?: GPU };
  if (!gpu) {
    return onProcessor(
      "This browser has no WebGPU",
      "For the graphics card, use a current Chrome or Edge (113 or later), or Safari 26; on Linux, set chrome://flags/#enable-unsafe-webgpu. On a managed device, ask its administrator.",
    );
  }
  let found: FoundAdapter | undefined;
  try {
    found = await findAdapter(gpu);
  } catch (error) {
    return blocked(
      `The browser could not look for a graphics adapter: ${String(error)}`,
      "Restart the browser and try again.",
    );
  }
  if (!found) {
    return onProcessor(
      "WebGPU is there, but no graphics adapter answered",
      "For the graphics card, look at the WebGPU line of chrome://gpu; a newer graphics driver often helps, and so does switching hardware acceleration on in the browser's settings.",
    );
  }
  const { adapter, featureLevel } = found;
  const { vendor, architecture, description } = adapter.info;
  const name = nameOfDevice({ vendor, architecture, description, featureLevel });
  if (deviceFor(adapter, chosen) === "processor") {
    return {
      kind: "processor",
      sentence: `Training runs on the processor, in ${threadsInWords()}: this browser has only a software GPU (${name}), which is several times slower.`,
      fix: ACCELERATE,
      here: originOf("cpu"),
      other: { label: "Use the software GPU", choose: () => choose("graphics") },
    };
  }
  try {
    (await adapter.requestDevice()).destroy();
  } catch (error) {
    return blocked(
      `The graphics adapter (${name}) refused a device: ${error instanceof Error ? error.message : error}`,
      "Close other tabs that use the graphics card, then reload.",
    );
  }
  if (isSoftware(adapter)) {
    return {
      kind: "slow",
      sentence: `Training runs on a software GPU (${name}), as you chose: the processor is several times faster.`,
      fix: ACCELERATE,
      here: "software",
      other: toProcessor,
    };
  }
  return { kind: "ready", sentence: `Ready on ${name}.`, here: "hardware", other: toProcessor };
}

function onProcessor(why: string, fix: string): DeviceCheck {
  return {
    kind: "processor",
    sentence: `${why}: training runs on the processor, in ${threadsInWords()}. The bundled models fit; a step takes from a fraction of a second to a few seconds.`,
    fix,
    here: originOf("cpu"),
  };
}

function threadsInWords(): string {
  const count = processorThreads();
  return count > 1 ? `${count} threads` : "one thread";
}

function blocked(sentence: string, fix: string): DeviceCheck {
  return { kind: "blocked", sentence, fix };
}
