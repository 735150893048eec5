import { number } from "../../field.ts";

// What AdamW and those that keep its moments have in common.

/** PyTorch's defaults. */
export const adamBetas = { beta1: 0.9, beta2: 0.999 } as const;

export const epsilon = number(
  "Adam ε",
  1e-6,
  { min: 1e-12, max: 1e-2 },
  "Added to the root of the second moment; 1e-6 is the paper's.",
);

/** What both moments are multiplied with, 1 / (1 − βᵗ). @param t counted from 1. */
export function adamCorrections(t: number): { readonly firstCorrection: number; readonly secondCorrection: number } {
  const { beta1, beta2 } = adamBetas;
  return { firstCorrection: 1 / (1 - beta1 ** t), secondCorrection: 1 / (1 - beta2 ** t) };
}
