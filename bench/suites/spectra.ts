import { updateLayers, updateWidth } from "../../src/engine/bench/workload/updates.ts";
import type { Suite } from "../harness/lab.ts";
import { type JudgedRow, judged } from "../harness/report.ts";
import { type Cell, short } from "../harness/table.ts";
import { compareAll, medians, takeTurns } from "../harness/turns.ts";

const WITHIN = 0.15;
/** What the engine promises: float32 through orthonormal bases. */
const TOLERANCE = 1e-5;
const SAMPLE_MS = 300;

export const spectra: Suite = async (lab, { rounds, quick }) => {
  const exact = await lab.tab("exact");
  const rows: JudgedRow[] = [];
  const table: Cell[][] = [];
  for (const rank of quick ? [8] : [8, 16, 32, 64]) {
    lab.say(`spectra of ${updateLayers} layers, r = ${rank}`);
    const error = await lab.ours.call("spectraError", rank);
    if (!(error <= TOLERANCE))
      throw new Error(`singular values at r = ${rank} are wrong by ${error}; nothing was timed`);
    const once = await lab.ours.call("spectra", rank, 1);
    const units = Math.max(1, Math.min(50, Math.round(SAMPLE_MS / once)));
    const ours = { sample: async () => ({ ms: await lab.ours.call("spectra", rank, units), units }) };
    await exact.call("spectra", rank);
    const theirs = { sample: async () => ({ ms: await exact.call("spectra", rank), units: 1 }) };
    const turns = await takeTurns([ours, theirs], rounds, lab.timed);
    const [compared] = compareAll(turns);
    const what = `spectra of ${updateLayers} updates ${updateWidth}×${updateWidth}, r = ${rank}`;
    rows.push(judged({ what, base: "QR and SVD, ml-matrix", ...compared!, within: WITHIN }));
    const ms = medians(turns);
    table.push([rank, ...ms.map(short), error.toExponential(1)]);
  }
  return {
    title: "Spectra",
    note: "How many times faster all singular values of 24 updates are had on the device than by the same small cores on the CPU (one thread, float64). What they cost of a step stands under the bundled models.",
    rows,
    tables: [
      { caption: "Milliseconds, medians:", head: ["r", "engine", "CPU", "worst error, of the largest"], rows: table },
    ],
  };
};
