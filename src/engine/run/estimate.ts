import { headersOnly } from "../checkpoint/headersOnly.ts";
import type { Sources } from "../data/sources.ts";
import type { DeviceLimits } from "../device/device.ts";
import { megabytes } from "../device/limits.ts";
import { PlanningDevice } from "../device/planning.ts";
import type { AdapterKind, AdapterTraits } from "../kernels/kernel.ts";
import type { RunConfig } from "../settings/config.ts";
import { TrainingSession } from "./session.ts";

/** What a run will ask a device for. */
export interface MemoryEstimate {
  /** Bytes at the worst moment, which is while the run is prepared or while it trains. */
  readonly peakBytes: number;
  /** Bytes while it trains. */
  readonly liveBytes: number;
  /** The largest single buffer, which a device may refuse whatever room it has. */
  readonly largest: { readonly label: string; readonly bytes: number };
}

/**
 * What a page grows by, or a program takes, beside the tensors of a run: scripts, compiled kernels, stretches of files. As
 * `tools/memory/measure.ts` finds it, rounded up; it hardly depends on the model.
 */
const BESIDES = 3e8;

/** What a run will take, as page and command line say it before anything is allocated. */
export function memoryInWords({ peakBytes }: Pick<MemoryEstimate, "peakBytes">, kind: AdapterKind): string {
  const [tensors, besides] = [megabytes(peakBytes), megabytes(BESIDES)];
  return kind === "hardware"
    ? `a run takes ${tensors} of the graphics device's memory, and about ${besides} of this computer's`
    : `a run takes ${tensors} of this computer's memory for its tensors, and about ${besides} besides`;
}

/**
 * Prepares a run on a device that only keeps the books, so that the estimate is what the ledger of the real one will say.
 * No weights are read.
 *
 * @throws OutOfMemoryError where one buffer is over the limits, and whatever else preparing the run throws.
 */
export async function estimateMemory(
  config: RunConfig,
  sources: Sources,
  limits: DeviceLimits & Partial<Pick<AdapterTraits, "kind">>,
): Promise<MemoryEstimate> {
  const device = new PlanningDevice(limits, limits.kind);
  const counted = { ...sources, model: async (reference: string) => headersOnly(await sources.model(reference)) };
  const session = await TrainingSession.prepare(device, config, counted, () => {});
  const { peakBytes, liveBytes } = device.ledger;
  session.destroy();
  return { peakBytes, liveBytes, largest: device.largest };
}
