import type { NetworkName } from "../contract.ts";
import { costOfStep } from "../harness/cost.ts";
import type { Compared, Lab, Suite } from "../harness/lab.ts";
import { getReady } from "../harness/ready.ts";
import { judged, promises, type Row, type SuiteTable } from "../harness/report.ts";
import { short } from "../harness/table.ts";
import { compareAll, medians, type Player, takeTurns } from "../harness/turns.ts";

/** Steps over which losses must agree before anything is timed; they also warm up. */
const AGREED_STEPS = 8;
/** Losses are about 7; the peers differ among themselves by 5e-6. */
const AGREEMENT = 1e-4;
const SAMPLE_MS = 2000;
const WITHIN = 0.15;
const bars: Readonly<Record<string, number>> = { jax: 2, tfjs: 12 };

export const step: Suite = async (lab, { rounds, quick }) => {
  const rows: Row[] = [];
  const tables: SuiteTable[] = [];
  const remarks: string[] = [];
  for (const network of quick ? (["tiny2"] as const) : (["tiny2", "deep3"] as const)) {
    const measured = await stepOf(lab, network, rounds);
    rows.push(...measured.rows);
    tables.push(measured.table);
    remarks.push(...measured.remarks);
  }
  return {
    title: "Training step of a small transformer",
    note: `How many times faster the engine's step is. Two blocks of width 128, 8 rows of 64 tokens, LoRA of rank 8 on all six layers of a block (deep3: three factors), AdamW; src/engine/bench/workload/network.ts defines it. Losses of the first ${AGREED_STEPS} steps agree within ${AGREEMENT}.`,
    remarks,
    rows,
    tables,
  };
};

async function stepOf(lab: Lab, network: NetworkName, rounds: number) {
  const able: readonly Compared[] = [lab.ours, ...lab.peers.filter(({ can }) => can.has("step"))];
  let ours: readonly number[] | undefined;
  const { ready, leftOut } = await getReady(able, async (tab) => {
    lab.say(`${network}: ${AGREED_STEPS} steps of ${tab.label}`);
    const { losses, firstMs } = await tab.call("step", network, { steps: AGREED_STEPS, fresh: true });
    const expected = ours ?? losses;
    ours = expected;
    const disagreement = Math.max(...losses.map((loss, at) => Math.abs(loss - expected[at]!)));
    if (!(disagreement <= AGREEMENT)) throw new Error(`losses ${losses} differ from the engine's, ${expected}`);
    const take = async (steps: number) => (await tab.call("step", network, { steps, fresh: false })).ms;
    return { take, firstMs, disagreement, cost: await costOfStep(tab, 2, take) };
  });
  if (ready.length === 1 && leftOut.length > 0) throw new Error(leftOut.join("\n"));
  lab.say(`${network}: ${rounds} rounds`);
  const players = ready.map(({ prepared: { take, cost } }): Player => {
    const units = Math.max(1, Math.min(10, Math.round(SAMPLE_MS / cost.ms)));
    return { sample: async () => ({ ms: await take(units), units }) };
  });
  const turns = await takeTurns(players, rounds, lab.timed);
  const ms = medians(turns);
  const compared = compareAll(turns).map(({ wall, cpu }, at) => {
    const { key, label } = ready[at + 1]!.tab;
    const bar = bars[key];
    const target = bar === undefined ? undefined : { atLeast: bar };
    return judged({ what: `${network} step`, base: label, wall, cpu, within: WITHIN, target });
  });
  const { cost } = ready[0]!.prepared;
  const worst = Math.max(...ready.map(({ prepared }) => prepared.disagreement));
  return {
    remarks: leftOut,
    rows: [...compared, ...promises(network, cost, ms[0]!)],
    table: {
      caption: `${network}; largest disagreement of losses ${worst.toExponential(1)}:`,
      head: ["", "ms a step", "first step ms", "host ms a step", ...Object.keys(cost.calls)],
      rows: ready.map(({ tab, prepared }, at) => [
        tab.label,
        short(ms[at]),
        short(prepared.firstMs),
        short(prepared.cost.hostMs),
        ...Object.values(prepared.cost.calls),
      ]),
    },
  };
}
