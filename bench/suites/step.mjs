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
    }
  });
  return worst;
}
