import type { CheckResult } from "./runChecks.ts";

/** The result of all checks in a few numbers: what a run's receipt says of the device that it ran on. */
export interface CheckSummary {
  /** When the checks ended, ISO 8601. */
  readonly when: string;
  /** Checks that were run. */
  readonly count: number;
  /** Of those that have an error at all, the one that comes nearest to its tolerance, or exceeds it most. */
  readonly worst: { readonly check: string; readonly error: number; readonly tolerance: number } | undefined;
  readonly failures: readonly {
    readonly check: string;
    readonly tolerance: number;
    readonly error?: number;
    readonly problem?: string;
  }[];
}

export function summarise(results: readonly CheckResult[], when: Date): CheckSummary {
  const [worst] = worstFirst(results.filter(({ error }) => error !== undefined));
  return {
    when: when.toISOString(),
    count: results.length,
    worst: worst && { check: nameOf(worst), error: worst.error!, tolerance: worst.tolerance },
    failures: results
      .filter(({ passes }) => !passes)
      .map((result) => ({
        check: nameOf(result),
        tolerance: result.tolerance,
        ...(result.error !== undefined && { error: result.error }),
        ...(result.problem !== undefined && { problem: result.problem }),
      })),
  };
}

/** The error as a share of what is tolerated; infinite where nothing was tolerated or there is no error to speak of. */
export function shareOf({ error, tolerance }: Pick<CheckResult, "tolerance"> & { error?: number | undefined }): number {
  if (error === undefined) return Number.POSITIVE_INFINITY;
  return error === 0 ? 0 : error / tolerance;
}

/** By share of the tolerance, the largest first. */
export function worstFirst(results: readonly CheckResult[]): CheckResult[] {
  // Two infinite shares have no difference.
  const rank = (result: CheckResult) => Math.min(Number.MAX_VALUE, shareOf(result));
  return [...results].sort((a, b) => rank(b) - rank(a));
}

/** `layer_norm kernel, 5 × 19`. */
export function nameOf({ name, kind, shape }: Pick<CheckResult, "name" | "kind" | "shape">): string {
  return `${name} ${kind === "known" ? "known answer" : kind}, ${shape}`;
}
