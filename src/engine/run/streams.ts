import type { LayerShape } from "../methods/layer.ts";
import { PROJECTION_STREAM } from "../methods/optimizers/projectors/projector.ts";

/**
 * Numbers of the random streams that one seed feeds, so that changing how much one of them draws leaves the others
 * alone. Ranges are wide enough for a number per layer.
 */
export const streams = {
  head: 1,
  calibration: 2,
  sampling: 3,
  factors: 10_000,
  dropout: 20_000,
  projection: PROJECTION_STREAM,
} as const;

/** The stream of what all layers of a shape have in common; far beyond the others, whichever layers are chosen. */
export function sharedStream({ inFeatures, outFeatures }: LayerShape): number {
  return inFeatures * 65_536 + outFeatures;
}
