import { NUMERICAL_SHARE, ranksOf } from "../../linalg/ranks.ts";
import type { Derivation } from "./diagnostic.ts";

/** Effective, stable and numerical rank of every update, from its spectrum. */
export const ranks = {
  kind: "derivation",
  label: "Rank of each update",
  source: "Roy and Vetterli 2007, EUSIPCO (effective rank)",
  equation: "exp H(σ / Σσ), ‖ΔW‖² / σ₁², #{σ > σ₁ / 100}",
  chart: "bars",
  fields: {},
  from: "spectrum",
  columns: [
    { name: "effective", means: "exp of the entropy of σ" },
    { name: "stable", means: "‖ΔW‖² / σ₁²" },
    { name: "numerical", means: `σ above ${100 * NUMERICAL_SHARE} % of σ₁` },
  ],
  of(values: ArrayLike<number>): number[] {
    const { effective, stable, numerical } = ranksOf(values);
    return [effective, stable, numerical];
  },
} as const satisfies Derivation;
