import type { Contestant, Product } from "../contract.ts";
import { openDevice } from "./device.ts";
import { prepareProduct } from "./product.ts";
import { profile } from "./profile.ts";
import { prepareRun, type Run } from "./run.ts";
import { prepareSpectra } from "./spectra.ts";
import { startTwice } from "./start.ts";
import { capturedEnergy, prepareSubspace } from "./subspace.ts";
import { Training } from "./training.ts";

type Timed = (runs: number) => Promise<number>;

const made = new Map<string, Promise<unknown>>();

/** Something prepared once for a key. */
function once<T>(key: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known as Promise<T>;
}

const productOf = (product: Product) => once(`product ${JSON.stringify(product)}`, () => prepareProduct(product));
const runOf = (name: string, change: Record<string, unknown> = {}) => once(`run ${name}`, () => prepareRun(change));

const bench = {
  async open() {
    const { description } = await openDevice();
    return { adapter: description };
  },
  probe: async (product: Product) => (await productOf(product)).probe(),
  product: async (product: Product, runs: number) => (await productOf(product)).time(runs),

  async step(network: string, { steps, fresh }: { steps: number; fresh: boolean }) {
    if (fresh) made.delete(`training ${network}`);
    const started = performance.now();
    const training = await once(`training ${network}`, async () => Training.prepare(await openDevice(), network));
    return training.take(steps, fresh ? started : undefined);
  },

  liveBytes: async () => (await openDevice()).ledger.liveBytes,

  /** A run of the product, made ready. @returns its dispatches per step. */
  async prepareRun(name: string, change: Record<string, unknown>) {
    return (await runOf(name, change)).dispatches;
  },
  run: async (name: string, steps: number) => (await runOf(name)).time(steps),

  subspace: async (size: number, count: number, runs: number) =>
    (await once<Timed>(`subspace ${size} ${count}`, async () => (await prepareSubspace(size, count)).time))(runs),
  /** Energy of the gradient in the subspace that was found. */
  capturedEnergy: (size: number, count: number) => capturedEnergy(size, count),

  spectra: async (rank: number, runs: number) => (await once(`spectra ${rank}`, () => prepareSpectra(rank))).time(runs),
  /** Error of the worst singular value, as a share of the largest. */
  spectraError: async (rank: number) => (await once(`spectra ${rank}`, () => prepareSpectra(rank))).error(),

  start: () => startTwice(),
  profile: (what: string) => profile(what, what.startsWith("pd-") ? () => runOf(what) as Promise<Run> : undefined),
} satisfies Contestant & Record<string, unknown>;

window.bench = bench;
