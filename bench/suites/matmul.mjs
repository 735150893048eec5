import { expectedAt, nameOf, products } from "../../src/engine/bench/workload/products.mjs";
import { getReady } from "../harness/ready.mjs";
import { judged } from "../harness/report.mjs";
import { together } from "../harness/statistics.mjs";
import { short } from "../harness/table.mjs";
import { compareAll, medians, takeTurns } from "../harness/turns.mjs";

/** A sample is at least this long, so that neither clock nor processor time is too coarse. */
const SAMPLE_MS = 300;
const MOST_RUNS = 400;
/** Two runs of the same product may differ by this share. */
const WITHIN = 0.15;
/** Of the mean over all shapes, against each peer. */
const bars = { jax: 1.5, tfjs: 6, ort: 6 };

export async function matmul(lab, { rounds, quick }) {
  const { ours, peers } = lab;
  const able = [ours, ...peers.filter(({ can }) => can.has("product"))];
  const shapes = quick ? products.filter(({ rows }) => rows < 512) : products;
  const rows = [];
  const table = [];
  const remarks = [];
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
    table.push([name, ...able.map((tab) => short(msOf.get(tab))), short(gflop / (ms[0] / 1000))]);
    compareAll(turns).forEach(({ wall, cpu }, at) => {
      const target = { atLeast: 1 };
      rows.push(judged({ what: `matmul ${name}`, base: ready[at + 1].tab.label, wall, cpu, within: WITHIN, target }));
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
}

/** The mean over the shapes that could be reported. */
function mean(rows, key, label) {
  const reported = rows.filter(({ base, verdict }) => base === label && verdict !== "refused");
  if (reported.length === 0) return [];
  const all = rows.filter(({ base }) => base === label);
  return [
    judged({
      what: `matmul, geometric mean over ${reported.length} of ${all.length} shapes`,
      base: label,
      // Each shape speaks by the clock that was quiet for it.
      wall: together(reported.map((row) => row[row.by])),
      within: WITHIN,
      target: bars[key] && { atLeast: bars[key] },
    }),
  ];
}

async function contestant(tab, product) {
  // The first run compiles, and a software GPU takes seconds for it.
  await tab.call("product", product, 1);
  const once = await tab.call("product", product, 1);
  const units = Math.max(1, Math.min(MOST_RUNS, Math.round(SAMPLE_MS / once)));
  return { name: tab.label, sample: async () => ({ ms: await tab.call("product", product, units), units }) };
}

/** Sums of `inner` products of uniform numbers; float32 loses about a rounding of the largest partial sum for each. */
async function assertRight(tab, product) {
  const expected = expectedAt(product);
  const found = await tab.call("probe", product);
  const worst = Math.max(...expected.map((value, at) => Math.abs(value - found[at])));
  const allowed = 1e-6 * Math.sqrt(product.inner) * Math.max(1, Math.log2(product.inner));
  if (!(worst <= allowed)) throw new Error(`${tab.label}: ${nameOf(product)} is wrong by ${worst}`);
}
