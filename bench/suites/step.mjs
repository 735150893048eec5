import { costOfStep } from "../harness/cost.mjs";
import { judged, promises } from "../harness/report.mjs";
import { short } from "../harness/table.mjs";
import { compareAll, medians, takeTurns } from "../harness/turns.mjs";

/** Steps over which losses must agree before anything is timed; they also warm up. */
const AGREED_STEPS = 8;
/** Losses are about 7; the peers differ among themselves by 5e-6. */
const AGREEMENT = 1e-4;
const SAMPLE_MS = 2000;
const WITHIN = 0.15;
const bars = { jax: 2, tfjs: 12 };

export async function step(lab, { rounds, quick }) {
  const rows = [];
  const tables = [];
  for (const network of quick ? ["tiny2"] : ["tiny2", "deep3"]) {
    const measured = await stepOf(lab, network, rounds);
    rows.push(...measured.rows);
    tables.push(measured.table);
  }
  return {
    title: "Training step of a small transformer",
    note: `How many times faster the engine's step is. Two blocks of width 128, 8 rows of 64 tokens, LoRA of rank 8 on all six layers of a block (deep3: three factors), AdamW; bench/workload/network.mjs defines it. Losses of the first ${AGREED_STEPS} steps agree within ${AGREEMENT}.`,
    rows,
    tables,
  };
}

async function stepOf(lab, network, rounds) {
  const able = [lab.ours, ...lab.peers.filter(({ can }) => can.has("step"))];
  const warm = [];
  for (const tab of able) {
    lab.say(`${network}: ${AGREED_STEPS} steps of ${tab.label}`);
    warm.push(await tab.call("step", network, { steps: AGREED_STEPS, fresh: true }));
  }
  const disagreement = assertAgreement(able, warm);
  const costs = [];
  const contestants = [];
  for (const tab of able) {
    const cost = await costOfStep(tab, 2, async (steps) => {
      return (await tab.call("step", network, { steps, fresh: false })).ms;
    });
    costs.push(cost);
    const units = Math.max(1, Math.min(10, Math.round(SAMPLE_MS / cost.ms)));
    const sample = async () => ({ ms: (await tab.call("step", network, { steps: units, fresh: false })).ms, units });
    contestants.push({ name: tab.label, sample });
  }
  lab.say(`${network}: ${rounds} rounds`);
  const turns = await takeTurns(contestants, rounds, lab.timed);
  const ms = medians(turns);
  const compared = compareAll(turns).map(({ wall, cpu }, at) => {
    const { key, label } = able[at + 1];
    const target = bars[key] && { atLeast: bars[key] };
    return judged({ what: `${network} step`, base: label, wall, cpu, within: WITHIN, target });
  });
  const [own] = costs;
  return {
    rows: [...compared, ...promises(network, own, ms[0])],
    table: {
      caption: `${network}; largest disagreement of losses ${disagreement.toExponential(1)}:`,
      head: ["", "ms a step", "first step ms", "host ms a step", ...Object.keys(own.calls)],
      rows: able.map(({ label }, at) => [
        label,
        short(ms[at]),
        short(warm[at].firstMs),
        short(costs[at].hostMs),
        ...Object.values(costs[at].calls),
      ]),
    },
  };
}

/** @returns how far losses of the first steps lie apart at most. @throws an Error where that is too far. */
function assertAgreement(tabs, warm) {
  const [own, ...others] = warm;
  const distances = others.map(({ losses }) => Math.max(...losses.map((loss, at) => Math.abs(loss - own.losses[at]))));
  distances.forEach((distance, at) => {
    if (distance <= AGREEMENT) return;
    const { label } = tabs[at + 1];
    throw new Error(`${label}'s losses ${others[at].losses} differ from ours ${own.losses}; nothing was timed`);
  });
  return Math.max(0, ...distances);
}
