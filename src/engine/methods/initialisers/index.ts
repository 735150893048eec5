import { gaussian } from "./gaussian.ts";
import { gradientBases } from "./gradientBases.ts";
import { he } from "./he.ts";
import type { Initialiser } from "./initialiser.ts";
import { kaiming } from "./kaiming.ts";
import { loraGa } from "./loraGa.ts";
import { olora } from "./olora.ts";
import { orthogonal } from "./orthogonal.ts";
import { orthonormal } from "./orthonormal.ts";
import { pissa } from "./pissa.ts";
import { spectralBases } from "./spectralBases.ts";

/** Starts of a pair A and B, by the names that settings, links and files use. */
export const pairStarts = {
  kaiming,
  gaussian,
  orthonormal,
  orthogonal,
  pissa,
  olora,
  "lora-ga": loraGa,
} as const satisfies Record<string, Initialiser>;

/** Starts of two factors with orthonormal columns around cores. */
export const baseStarts = {
  gradient: gradientBases,
  spectral: spectralBases,
  random: orthonormal,
} as const satisfies Record<string, Initialiser>;

/** Starts that belong to an adapter and that no setting names. */
export const fixedStarts = { he } as const satisfies Record<string, Initialiser>;

/** Every initialiser. */
export const initialisers = { ...pairStarts, ...baseStarts, ...fixedStarts } as const;
