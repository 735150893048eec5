import type { Sources } from "../data/sources.ts";
import type { Device } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";
import { type Measured, measure, type Timed } from "./measure.ts";
import { prepareProduct } from "./product.ts";
import { bundledRuns } from "./profile.ts";
import { prepareRun } from "./run.ts";
import { prepareSpectra } from "./spectra.ts";
import { Training } from "./training.ts";
import { expectedAt, nameOf, type Product, products } from "./workload/products.ts";
import { updateLayers, updateWidth } from "./workload/updates.ts";

export type RowGroup = "Products" | "Training steps" | "Spectra";

/** One line of the report. */
export type BenchRow = Measured & {
  readonly group: RowGroup;
  readonly name: string;
  /** Floating-point operations of one unit, where they are what counts. */
  readonly flop: number | undefined;
};

interface Row {
  readonly group: RowGroup;
  readonly name: string;
  readonly flop?: number;
  /** Gets it ready and compares what it computes with what is known. @throws an Error where that differs. */
  prepare(device: Device, sources: Sources): Promise<Timed>;
}

/** What the engine promises of singular values: float32 through orthonormal bases. */
const SPECTRA_TOLERANCE = 1e-5;

/** Losses of the first steps fall, and are those of float32: about 7 at the start, the logarithm of the vocabulary. */
const FIRST_LOSS = [6, 8] as const;

const productRow = (product: Product): Row => ({
  group: "Products",
  name: nameOf(product),
  flop: 2 * product.batch * product.rows * product.inner * product.cols,
  async prepare(device) {
    const { probe, time } = await prepareProduct(device, product);
    const found = await probe();
    const worst = Math.max(...expectedAt(product).map((value, at) => Math.abs(value - found[at]!)));
    // Sums of uniform numbers; float32 loses about a rounding of the largest partial sum for each term.
    if (!(worst <= 1e-6 * Math.sqrt(product.inner) * Math.max(1, Math.log2(product.inner)))) {
      throw new Error(`the product is wrong by ${worst}`);
    }
    return time;
  },
});

const networkRow = (network: "tiny2" | "deep3"): Row => ({
  group: "Training steps",
  name: `${network}: 2 blocks of width 128, 512 tokens, updates of ${network === "tiny2" ? "two" : "three"} factors`,
  async prepare(device) {
    const training = await Training.prepare(device, network);
    const { losses } = await training.take(2);
    if (!(losses[0]! > FIRST_LOSS[0] && losses[0]! < FIRST_LOSS[1] && losses[1]! < losses[0]!)) {
      throw new Error(`the first losses are ${losses.join(" and ")}`);
    }
    return async (runs) => (await training.take(runs)).ms;
  },
});

const bundledRow = (model: keyof typeof bundledRuns): Row => ({
  group: "Training steps",
  name: `${model}: 8 examples of up to 24 tokens, compressed Deep LoRA`,
  prepare: async (device, sources) => (await prepareRun(device, sources, bundledRuns[model])).time,
});

const spectraRow = (rank: number): Row => ({
  group: "Spectra",
  name: `${updateLayers} updates ${updateWidth}×${updateWidth}, r = ${rank}`,
  async prepare(device) {
    const { error, time } = await prepareSpectra(device, rank);
    const worst = await error();
    if (!(worst <= SPECTRA_TOLERANCE)) throw new Error(`the singular values are wrong by ${worst}`);
    return time;
  },
});

const bySize = (a: Product, b: Product) => a.batch * a.rows * a.inner * a.cols - b.batch * b.rows * b.inner * b.cols;

/** Everything that is measured, the quick ones of a group first. */
const allRows: readonly Row[] = [
  ...products.toSorted(bySize).map(productRow),
  ...(["tiny2", "deep3"] as const).map(networkRow),
  ...(["pd-bert", "pd-gpt"] as const).map(bundledRow),
  ...[8, 16, 32, 64].map(spectraRow),
];

/**
 * Measures a device row by row. What cannot be measured says why; nothing that computes something wrong is timed.
 *
 * @param options.all whether to measure what takes long too.
 * @param options.only how many rows from the first; all of them without.
 * @throws AbortError once `signal` is aborted; whatever the device throws once it is lost.
 */
export async function benchRows(
  device: Device,
  sources: Sources,
  options: {
    readonly all?: boolean;
    readonly only?: number;
    readonly signal?: AbortSignal;
    readonly report?: (doing: string, fraction: number) => void;
  } = {},
): Promise<BenchRow[]> {
  const { all = false, signal, report = () => {} } = options;
  const chosen = allRows.slice(0, options.only);
  const rows: BenchRow[] = [];
  for (const { group, name, flop, prepare } of chosen) {
    signal?.throwIfAborted();
    report(`${group}: ${name}`, rows.length / chosen.length);
    const scope = new DeviceScope(device);
    try {
      const time = await prepare(scope, sources);
      rows.push({ group, name, flop, ...(await measure(time, all, signal)) });
    } catch (error) {
      signal?.throwIfAborted();
      rows.push({ group, name, flop, verdict: "failed", why: error instanceof Error ? error.message : String(error) });
    } finally {
      scope.destroy();
    }
  }
  return rows;
}
