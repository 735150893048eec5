import type { Derivation } from "./diagnostic.ts";

/** Three answers to the question how many dimensions an update really uses. */
export interface Ranks {
  /** exp of the entropy of the values' shares (Roy and Vetterli, 2007): as if that many were equally large. */
  readonly effective: number;
  /** ‖ΔW‖² / σ₁², squared Frobenius over squared spectral norm: never above the rank, little moved by small values. */
  readonly stable: number;
  /** Values above a share of the largest. */
  readonly numerical: number;
}

/** Below this share of the largest, a value does not count towards the numerical rank. */
export const NUMERICAL_SHARE = 0.01;

/** @param values singular values, largest first. An update of zero has rank zero in every sense. */
export function ranksOf(values: ArrayLike<number>): Ranks {
  const largest = values[0] ?? 0;
  if (!(largest > 0)) return { effective: 0, stable: 0, numerical: 0 };
  let sum = 0;
  let squares = 0;
  let numerical = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += (values[i]! / largest) ** 2;
    if (values[i]! > NUMERICAL_SHARE * largest) numerical++;
  }
  let entropy = 0;
  for (let i = 0; i < values.length; i++) {
    const share = values[i]! / sum;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return { effective: Math.exp(entropy), stable: squares, numerical };
}

/** Effective, stable and numerical rank of every update, from its spectrum. */
export const ranks = {
  kind: "derivation",
  label: "Rank of each update",
  source: "Roy and Vetterli 2007, EUSIPCO (effective rank)",
  equation: "exp H(σ / Σσ), ‖ΔW‖² / σ₁², #{σ > σ₁ / 100}",
  chart: "bars",
  fields: {},
  from: "spectrum",
  columns: [{ name: "effective" }, { name: "stable" }, { name: "numerical" }],
  of(values: ArrayLike<number>): number[] {
    const { effective, stable, numerical } = ranksOf(values);
    return [effective, stable, numerical];
  },
} as const satisfies Derivation;
