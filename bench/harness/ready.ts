interface Prepared<T, P> {
  readonly tab: T;
  readonly prepared: P;
}

/** Contestants that are ready, the engine first, and a sentence for each peer that is not. */
export interface Ready<T, P> {
  readonly ready: readonly Prepared<T, P>[];
  readonly leftOut: readonly string[];
}

/**
 * Gets contestants ready one after the other. A peer that fails is left out, with its reason; the engine must not fail.
 *
 * @param tabs the engine's first.
 */
export async function getReady<T extends { readonly label: string }, P>(
  tabs: readonly T[],
  prepare: (tab: T) => Promise<P>,
): Promise<Ready<T, P>> {
  const ready: Prepared<T, P>[] = [];
  const leftOut: string[] = [];
  for (const tab of tabs) {
    try {
      ready.push({ tab, prepared: await prepare(tab) });
    } catch (error) {
      if (tab === tabs[0]) throw error;
      leftOut.push(`${tab.label} is left out: ${firstLine(error)}`);
    }
  }
  return { ready, leftOut };
}

export function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .split("\n", 1)
    .join();
}
