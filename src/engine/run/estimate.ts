import { headersOnly } from "../checkpoint/headersOnly.ts";
import type { Sources } from "../data/sources.ts";
import type { DeviceLimits } from "../device/device.ts";
import { PlanningDevice } from "../device/planning.ts";
import type { AdapterTraits } from "../kernels/kernel.ts";
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
