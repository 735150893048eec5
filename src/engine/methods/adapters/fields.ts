import { choice, number } from "../../field.ts";

// Settings that several adapters share.

export const rank = number(
  "Rank r",
  8,
  { min: 1, max: 1024, whole: true },
  "The most singular values that an update can have.",
);

export const depth = number(
  "Depth L",
  3,
  { min: 2, max: 4, whole: true },
  "How many factors are multiplied; from three on, training prefers low rank.",
);

export const initScale = number(
  "Initial scale ε",
  0.1,
  { min: 1e-6, max: 1 },
  "Every factor starts as ε times an orthogonal matrix.",
);

export const alpha = number("LoRA α", 16, { min: 0.01, max: 1024 }, "LoRA's update is scaled by α / r, or by α / √r.");

export const scaling = {
  ...choice(
    "Scaling",
    "rank",
    { rank: "α / r", root: "α / √r (rsLoRA)" },
    "What α is divided by; with the root of the rank, updates of high rank do not shrink (Kalajdzievski 2023, arXiv:2312.03732).",
  ),
  since: 5,
  isMinor: true,
} as const;

/** The factor of a product of two matrices. */
export function scaleOf(settings: { readonly alpha: number; readonly rank: number; readonly scaling: string }): number {
  const { alpha, rank, scaling } = settings;
  return alpha / (scaling === "root" ? Math.sqrt(rank) : rank);
}
