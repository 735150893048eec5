import { MOST_THREADS } from "../engine/device/threads/phases.mjs";

/**
 * How many threads the processor trains with here. Browsers share memory between threads only on pages that are isolated
 * from other origins; docs/hosting.md says what makes a page so.
 */
export function processorThreads(): number {
  return globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
}
