import type { StepTimes } from "../src/engine/bench/training.ts";
import type { NetworkName } from "../src/engine/bench/workload/network.ts";
import type { Product } from "../src/engine/bench/workload/products.ts";
import type { WebgpuCalls } from "./harness/calls.ts";

export type { NetworkName, Product, StepTimes };

/** What a page that is measured puts into `window.bench`. Everything but `open` is optional: a suite asks who can do it. */
export interface Contestant {
  /** Gets a device ready. @returns what stands in the report: version, and the adapter where it is known. */
  open(): Promise<Readonly<Record<string, unknown>>>;
  /** The values at `probes(product)`, to be compared with float64 before anything is timed. */
  probe?(product: Product): Promise<number[]>;
  /** Milliseconds of one product: `runs` are enqueued back to back with one wait at the end; operands lie on the device. */
  product?(product: Product, runs: number): Promise<number>;
  /**
   * Training steps of `src/engine/bench/workload/network.ts`, each with its own batch uploaded and the update applied. What was trained
   * stays between calls unless `fresh`. Losses are read when all steps are enqueued, or after each where `fresh`.
   */
  step?(network: NetworkName, options: { readonly steps: number; readonly fresh: boolean }): Promise<StepTimes>;
}

/** What every page can be asked for once a suite has asked what it can. */
export type Rival = Required<Contestant>;

/** Exact decompositions on the CPU. */
export interface ExactPage extends Pick<Contestant, "open"> {
  /** All of a gradient's singular vectors. @returns milliseconds, and the energy in the top `counts` directions. */
  decompose(size: number, counts: readonly number[]): { readonly ms: number; readonly energies: readonly number[] };
  /** Singular values of all layers' updates. @returns milliseconds. */
  spectra(rank: number): number;
}

declare global {
  interface Window {
    bench?: object;
    webgpuCalls: WebgpuCalls;
  }
}
