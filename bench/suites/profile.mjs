import { percent, short } from "../harness/table.mjs";

/** Where the time of a step goes, kernel by kernel. */
export async function profile(lab, { quick }) {
  const tables = [];
  for (const what of quick ? ["tiny2"] : ["tiny2", "deep3", "pd-bert"]) {
    lab.say(`profile of ${what}`);
    const shares = await lab.ours.call("profile", what);
    const total = shares.reduce((sum, { ms }) => sum + ms, 0);
    const dispatches = shares.reduce((sum, share) => sum + share.dispatches, 0);
    tables.push({
      caption: `${what}: ${dispatches} dispatches, ${short(total)} ms`,
      head: ["kernel", "shape", "dispatches", "ms", "share", "GFLOP/s"],
      rows: shares.map(({ kernel, shape, dispatches: count, ms, flop }) => [
        kernel,
        shape,
        count,
        short(ms),
        percent(ms / total),
        flop > 0 ? short(flop / ms / 1e6) : "",
      ]),
    });
  }
  return {
    title: "Profile of a step",
    note: "All dispatches of one kernel and shape, run by themselves; the least of three samples. Sums leave out what lies between different kernels.",
    tables,
  };
}
