import type { Rival } from "../contract.ts";
import type { Tab } from "../harness/browser.ts";
import type { Suite } from "../harness/lab.ts";
import { judged } from "../harness/report.ts";
import { short } from "../harness/table.ts";
import { compareAll, medians, type Player, takeTurns } from "../harness/turns.ts";

const AGREED_STEPS = 8;
/** Losses are about 7; sums of another order change them by some 1e-6. */
const AGREEMENT = 1e-4;
const SAMPLE_MS = 2000;
const WITHIN = 0.15;

/** The CPU device in one thread, against the same engine on the software GPU, a peer, and itself in several threads. */
export const processor: Suite = async (lab, { rounds }) => {
  const tabs: readonly { readonly label: string; readonly tab: Tab<Rival> }[] = [
    { label: "Rankscope on the processor, one thread", tab: await lab.tab("ours?device=cpu&threads=1") },
    { label: "Rankscope on the software GPU", tab: lab.ours },
    { label: "jax-js on WASM", tab: await lab.tab("jax?backend=wasm") },
    { label: "Rankscope on the processor, all threads", tab: await lab.tab("ours?device=cpu") },
  ];
  const players: Player[] = [];
  let first: readonly number[] | undefined;
  for (const { label, tab } of tabs) {
    lab.say(`tiny2: ${AGREED_STEPS} steps of ${label}`);
    const { losses } = await tab.call("step", "tiny2", { steps: AGREED_STEPS, fresh: true });
    const expected = first ?? losses;
    first = expected;
    if (!losses.every((loss, at) => Math.abs(loss - expected[at]!) <= AGREEMENT)) {
      throw new Error(`${label}: losses ${losses} differ from ${expected}`);
    }
    const take = async (steps: number) => (await tab.call("step", "tiny2", { steps, fresh: false })).ms;
    const units = Math.max(1, Math.min(20, Math.round(SAMPLE_MS / (await take(2)))));
    players.push({ sample: async () => ({ ms: await take(units), units }) });
  }
  const turns = await takeTurns(players, rounds, lab.timed);
  const targets = [{ atLeast: 8 }, undefined];
  return {
    title: "Without a GPU",
    note: "How many times faster the engine's CPU device is, in one thread, on the training step `tiny2`.",
    // Threads cost no less of the processor's time than one: what they are for is in the table.
    rows: compareAll({ ...turns, others: turns.others.slice(0, 2) }).map(({ wall, cpu }, at) =>
      judged({
        what: "tiny2 step on the processor",
        base: tabs[at + 1]!.label,
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
        rows: medians(turns).map((ms, at) => [tabs[at]!.label, short(ms)]),
      },
    ],
  };
};
