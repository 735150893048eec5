import { prepareProduct } from "../../src/engine/bench/product.ts";
import { prepareRun, type Run } from "../../src/engine/bench/run.ts";
import { prepareSpectra } from "../../src/engine/bench/spectra.ts";
import { prepareSubspace } from "../../src/engine/bench/subspace.ts";
import { Training } from "../../src/engine/bench/training.ts";
import type { RunConfig } from "../../src/engine/settings/config.ts";
import type { Contestant, NetworkName, Product } from "../contract.ts";
import { openDevice } from "./device.ts";
import { sources } from "./sources.ts";
import { startTwice } from "./start.ts";

const made = new Map<string, Promise<unknown>>();

/** Something prepared once for a key. */
function once<T>(key: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known as Promise<T>;
}

const productOf = (product: Product) =>
  once(`product ${JSON.stringify(product)}`, async () => prepareProduct(await openDevice(), product));
const runOf = (name: string, change: Partial<RunConfig> = {}) =>
  once<Run>(`run ${name}`, async () => prepareRun(await openDevice(), sources, change));

const subspaceOf = (size: number, count: number) =>
  once(`subspace ${size} ${count}`, async () => prepareSubspace(await openDevice(), size, count));
const spectraOf = (rank: number) => once(`spectra ${rank}`, async () => prepareSpectra(await openDevice(), rank));

const bench = {
  async open() {
    const { description } = await openDevice();
    return { adapter: description };
  },
  probe: async (product: Product) => (await productOf(product)).probe(),
  product: async (product: Product, runs: number) => (await productOf(product)).time(runs),

  async step(network: NetworkName, { steps, fresh }: { steps: number; fresh: boolean }) {
    if (fresh) made.delete(`training ${network}`);
    const started = performance.now();
    const training = await once(`training ${network}`, async () => Training.prepare(await openDevice(), network));
    return training.take(steps, fresh ? started : undefined);
  },

  liveBytes: async () => (await openDevice()).ledger.liveBytes,

  /** A run of the product, made ready. @returns its dispatches per step. */
  async prepareRun(name: string, change: Partial<RunConfig>) {
    return (await runOf(name, change)).dispatches;
  },
  run: async (name: string, steps: number) => (await runOf(name)).time(steps),

  subspace: async (size: number, count: number, runs: number) => (await subspaceOf(size, count)).time(runs),
  /** Energy of the gradient in the subspace that was found. */
  capturedEnergy: async (size: number, count: number) => (await subspaceOf(size, count)).energy(),

  spectra: async (rank: number, runs: number) => (await spectraOf(rank)).time(runs),
  /** Error of the worst singular value, as a share of the largest. */
  spectraError: async (rank: number) => (await spectraOf(rank)).error(),

  start: () => startTwice(),
} satisfies Contestant & Record<string, unknown>;

window.bench = bench;

export type OwnPage = typeof bench;
