import { gradientProjector } from "./gradient.ts";
import type { Projector } from "./projector.ts";
import { randomProjector } from "./random.ts";

/** Every projector, by the name that settings, links and files use. */
export const projectors = { gradient: gradientProjector, random: randomProjector } as const satisfies Record<
  string,
  Projector
>;
