import { expectedAt, nameOf, type Product, products } from "../../src/engine/bench/workload/products.ts";
import type { Compared, Suite } from "../harness/lab.ts";
import { getReady } from "../harness/ready.ts";
import { type JudgedRow, judged } from "../harness/report.ts";
import { together } from "../harness/statistics.ts";
import { type Cell, short } from "../harness/table.ts";
import { compareAll, medians, type Player, takeTurns } from "../harness/turns.ts";

/** A sample is at least this long, so that neither clock nor processor time is too coarse. */
const SAMPLE_MS = 300;
const MOST_RUNS = 400;
/** Two runs of the same product may differ by this share. */
const WITHIN = 0.15;
/** Of the mean over all shapes, against each peer. */
const bars: Readonly<Record<string, number>> = { jax: 1.5, tfjs: 6, ort: 6 };

export const matmul: Suite = async (lab, { rounds, quick }) => {
  const { ours, peers } = lab;
  const able: readonly Compared[] = [ours, ...peers.filter(({ can }) => can.has("product"))];
  const shapes = quick ? products.filter(({ rows }) => rows < 512) : products;
  const rows: JudgedRow[] = [];
  const table: Cell[][] = [];
  const remarks: string[] = [];
  for (const product of shapes) {
    const name = nameOf(product);
    lab.say(`f32 matmul ${name}`);
    const { ready, leftOut } = await getReady(able, async (tab) => {
      await assertRight(tab, product);
      return contestant(tab, product);
    });
    remarks.push(...leftOut.map((reason) => `${name}: ${reason}`));
    const turns = await takeTurns(
      ready.map(({ prepared }) => prepared),
      rounds,
      lab.timed,
    );
    const ms = medians(turns);
    const gflop = (2 * product.batch * product.rows * product.inner * product.cols) / 1e9;
    const msOf = new Map(ready.map(({ tab }, at) => [tab, ms[at]]));
    table.push([name, ...able.map((tab) => short(msOf.get(tab))), short(gflop / (ms[0]! / 1000))]);
    compareAll(turns).forEach(({ wall, cpu }, at) => {
      const target = { atLeast: 1 };
      rows.push(judged({ what: `matmul ${name}`, base: ready[at + 1]!.tab.label, wall, cpu, within: WITHIN, target }));
    });
  }
  return {
    title: "f32 matmul",
    note: "How many times faster the engine's product is. Shapes are [rows × inner × cols]; every peer's values were compared with float64 first.",
    remarks,
    rows: [...peers.flatMap(({ key, label }) => mean(rows, key, label)), ...rows],
    tables: [
      {
        caption: "Milliseconds, medians:",
        head: ["", ...able.map(({ label }) => label), "engine's GFLOP/s"],
        rows: table,
      },
    ],
  };
};

/** The mean over the shapes that could be reported. */
function mean(rows: readonly JudgedRow[], key: string, label: string): JudgedRow[] {
  const all = rows.filter(({ base }) => base === label);
  // Each shape speaks by the clock that was quiet for it.
  const reported = all.flatMap((row) => (row.by === "nothing" ? [] : (row[row.by] ?? [])));
  if (reported.length === 0) return [];
  const bar = bars[key];
  return [
    judged({
      what: `matmul, geometric mean over ${reported.length} of ${all.length} shapes`,
      base: label,
      wall: together(reported),
      within: WITHIN,
      target: bar === undefined ? undefined : { atLeast: bar },
    }),
  ];
}

async function contestant(tab: Compared, product: Product): Promise<Player> {
  // The first run compiles, and a software GPU takes seconds for it.
  await tab.call("product", product, 1);
  const once = await tab.call("product", product, 1);
  const units = Math.max(1, Math.min(MOST_RUNS, Math.round(SAMPLE_MS / once)));
  return { sample: async () => ({ ms: await tab.call("product", product, units), units }) };
}

/** Sums of `inner` products of uniform numbers; float32 loses about a rounding of the largest partial sum for each. */
async function assertRight(tab: Compared, product: Product): Promise<void> {
  const expected = expectedAt(product);
  const found = await tab.call("probe", product);
  const worst = Math.max(...expected.map((value, at) => Math.abs(value - found[at]!)));
  const allowed = 1e-6 * Math.sqrt(product.inner) * Math.max(1, Math.log2(product.inner));
  if (!(worst <= allowed)) throw new Error(`${tab.label}: ${nameOf(product)} is wrong by ${worst}`);
}
