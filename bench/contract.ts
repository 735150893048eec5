import type { Product } from "../src/engine/bench/product.ts";
import type { StepTimes } from "../src/engine/bench/training.ts";

export type { Product, StepTimes };

/** What a page that is measured puts into `window.bench`. Everything but `open` is optional: a suite asks who can do it. */
export interface Contestant {
  /** Gets a device ready. @returns what stands in the report: version, and the adapter where it is known. */
  open(): Promise<Readonly<Record<string, unknown>>>;
  /** The values at `probes(product)`, to be compared with float64 before anything is timed. */
  probe?(product: Product): Promise<number[]>;
  /** Milliseconds of one product: `runs` are enqueued back to back with one wait at the end; operands lie on the device. */
  product?(product: Product, runs: number): Promise<number>;
  /**
   * Training steps of `src/engine/bench/workload/network.mjs`, each with its own batch uploaded and the update applied. What was trained
   * stays between calls unless `fresh`. Losses are read when all steps are enqueued, or after each where `fresh`.
   */
  step?(network: string, options: { readonly steps: number; readonly fresh: boolean }): Promise<StepTimes>;
}

declare global {
  interface Window {
    bench?: Contestant & Readonly<Record<string, unknown>>;
  }
}
