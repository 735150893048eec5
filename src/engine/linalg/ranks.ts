/** Three answers to the question how many dimensions a matrix really uses. */
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

/** @param values singular values, largest first. A matrix of zeros has rank zero in every sense. */
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
