import { judged } from "../harness/report.mjs";
import { short } from "../harness/table.mjs";
import { compareAll, medians, takeTurns } from "../harness/turns.mjs";

const AGREED_STEPS = 8;
/** Losses are about 7; sums of another order change them by some 1e-6. */
const AGREEMENT = 1e-4;
const SAMPLE_MS = 2000;
const WITHIN = 0.15;

/** The CPU device with its products in WebAssembly, against the same engine on the software GPU and against a peer. */
export async function processor(lab, { rounds }) {
  const open = async (page, label) => ({ ...(await lab.tab(page)), label });
  const tabs = [
    await open("ours?device=cpu", "Rankscope on the processor"),
    { ...lab.ours, label: "Rankscope on the software GPU" },
    await open("jax?backend=wasm", "jax-js on WASM"),
  ];
  const contestants = [];
  let first;
  for (const { label, call } of tabs) {
    lab.say(`tiny2: ${AGREED_STEPS} steps of ${label}`);
    const { losses } = await call("step", "tiny2", { steps: AGREED_STEPS, fresh: true });
    first ??= losses;
    if (!losses.every((loss, at) => Math.abs(loss - first[at]) <= AGREEMENT)) {
      throw new Error(`${label}: losses ${losses} differ from ${first}`);
    }
    const take = async (steps) => (await call("step", "tiny2", { steps, fresh: false })).ms;
    const units = Math.max(1, Math.min(20, Math.round(SAMPLE_MS / (await take(2)))));
    contestants.push({ name: label, sample: async () => ({ ms: await take(units), units }) });
  }
  const turns = await takeTurns(contestants, rounds, lab.timed);
  const targets = [{ atLeast: 4 }, undefined];
  return {
    title: "Without a GPU",
    note: "How many times faster the engine's CPU device is, in one thread with its products in WebAssembly, on the training step `tiny2`.",
    rows: compareAll(turns).map(({ wall, cpu }, at) =>
      judged({
        what: "tiny2 step on the processor",
        base: tabs[at + 1].label,
        wall,
        cpu,
        within: WITHIN,
        target: targets[at],
      }),
    ),
    tables: [
      {
        caption: "Medians:",
        head: ["", "ms a step"],
        rows: medians(turns).map((ms, at) => [tabs[at].label, short(ms)]),
      },
    ],
  };
}
