import type { Lab, Suite } from "../harness/lab.ts";
import { type JudgedRow, judged } from "../harness/report.ts";
import { median } from "../harness/statistics.ts";
import { type Cell, percent, short } from "../harness/table.ts";

const counts = [4, 8, 16];
const WITHIN = 0.15;
/** Share of the optimum's energy that a subspace must hold before it is timed, as the product's own test asks. */
const ENOUGH = 0.999;
/** From this size on the exact decomposition is computed once: it takes from seconds to minutes. */
const ONCE_FROM = 512;
const SAMPLE_MS = 300;

export const projection: Suite = async (lab, { rounds, quick, hardware }) => {
  const exact = await lab.tab("exact");
  const rows: JudgedRow[] = [];
  const table: Cell[][] = [];
  for (const size of quick ? [128, 256] : [128, 256, 512, 768, 1024]) {
    lab.say(`${size}×${size}: exact SVD on the CPU`);
    const { ms, energies } = await exact.call("decompose", size, counts);
    const exactRuns = [ms];
    while (size < ONCE_FROM && exactRuns.length < rounds) {
      exactRuns.push((await exact.call("decompose", size, counts)).ms);
    }
    const exactMs = median(exactRuns);
    for (const [at, count] of counts.entries()) {
      lab.say(`${size}×${size}: top ${count} directions`);
      const { rounds: taken, share } = await subspaceRounds(lab, { size, count, rounds, energy: energies[at]! });
      const medianOf = (turn: 0 | 1, key: "ms" | "cpuMs") => median(taken.map((pair) => pair[turn][key]));
      const [first, second] = [medianOf(0, "ms"), medianOf(1, "ms")];
      // The exact side is far slower and runs alone on one thread: no rounds to compare within, and one time for both clocks.
      const wall = { ratio: (2 * exactMs) / (first + second), again: second / first, rounds: exactRuns.length };
      const [cpu1, cpu2] = [medianOf(0, "cpuMs"), medianOf(1, "cpuMs")];
      const cpu = { ratio: (2 * exactMs) / (cpu1 + cpu2), again: cpu2 / cpu1, rounds: exactRuns.length };
      const target = size === 768 && hardware ? { atLeast: 30 } : undefined;
      rows.push(
        judged({
          what: `top ${count} of ${size}×${size}`,
          base: "exact SVD, ml-matrix",
          wall,
          cpu,
          within: WITHIN,
          target,
        }),
      );
      table.push([`${size}×${size}`, count, short((first + second) / 2), short(exactMs), percent(share)]);
    }
  }
  return {
    title: "Projection refresh",
    note: "How many times faster the top directions of a layer's gradient are found without an SVD than by an exact one on the CPU (one thread, float64, the gradient given). The target of 30× at 768×768 is for a graphics card.",
    rows,
    tables: [
      {
        caption: "Milliseconds, medians:",
        head: ["gradient", "h", "subspace", "exact SVD", "energy of the optimum"],
        rows: table,
      },
    ],
  };
};

interface Subspace {
  readonly size: number;
  readonly count: number;
  readonly rounds: number;
  /** Of the optimum. */
  readonly energy: number;
}

/** Pairs of runs of the same thing, after a check that it is the right thing. */
async function subspaceRounds({ ours, timed }: Lab, { size, count, rounds, energy }: Subspace) {
  await ours.call("subspace", size, count, 1);
  const share = (await ours.call("capturedEnergy", size, count)) / energy;
  if (!(share >= ENOUGH))
    throw new Error(`the subspace of ${size}×${size}, h = ${count}, holds ${percent(share)} only`);
  const once = await ours.call("subspace", size, count, 1);
  const runs = Math.max(1, Math.min(50, Math.round(SAMPLE_MS / once)));
  const take = async () => {
    const { value, cpuMs } = await timed(() => ours.call("subspace", size, count, runs));
    return { ms: value, cpuMs: cpuMs / runs };
  };
  const taken: (readonly [first: { ms: number; cpuMs: number }, second: { ms: number; cpuMs: number }])[] = [];
  for (let round = 0; round < rounds; round++) taken.push([await take(), await take()]);
  return { rounds: taken, share };
}
