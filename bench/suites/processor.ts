import type { Rival } from "../contract.ts";
import type { Tab } from "../harness/browser.ts";
import type { Lab, Suite } from "../harness/lab.ts";
import { firstLine } from "../harness/ready.ts";
import { judged, type Row } from "../harness/report.ts";
import { type Cell, short } from "../harness/table.ts";
import { compareAll, medians, type Player, takeTurns } from "../harness/turns.ts";
import { openTorch } from "../peers/torch/torch.ts";

const AGREED_STEPS = 8;
/** Losses are about 7; sums of another order change them by some 1e-6. */
const AGREEMENT = 1e-4;
const SAMPLE_MS = 2000;
const WITHIN = 0.15;
const NETWORK = "tiny2";

/** Someone who takes steps, and how long they may take for one of the engine's at least. */
interface Stepper {
  readonly label: string;
  readonly atLeast?: number;
  /** The first losses from a fresh start. */
  readonly losses: () => Promise<readonly number[]>;
  readonly take: (steps: number) => Promise<{ readonly ms: number; readonly cpuMs?: number }>;
}

/** The CPU device in one thread and in two, each against PyTorch with as many; in one against the engine on the software GPU and a peer. */
export const processor: Suite = async (lab, { rounds, torch }) => {
  const rows: Row[] = [];
  const found: Cell[][] = [];
  const remarks: string[] = [];
  for (const threads of [1, 2] as const) {
    const own = await lab.tab(`ours?device=cpu&threads=${threads}`);
    const steppers = [inTab(`Rankscope on the processor, ${inThreads(threads)}`, own)];
    if (threads === 1) {
      steppers.push(inTab("Rankscope on the software GPU", lab.ours, 8));
      steppers.push(inTab("jax-js on WASM", await lab.tab("jax?backend=wasm")));
    }
    const peer = await torchStepper(torch, threads);
    if (typeof peer === "string") remarks.push(peer);
    else steppers.push(peer);
    try {
      const compared = await compareSteppers(lab, steppers, rounds);
      rows.push(...compared.rows);
      found.push(...compared.found);
    } finally {
      if (typeof peer !== "string") peer.close();
    }
  }
  return {
    title: "Without a GPU",
    note: `How many times faster the engine's CPU device is on the training step \`${NETWORK}\`, with as many threads as what it is compared with. Below 1 it is slower.`,
    remarks: [...new Set(remarks)],
    rows,
    tables: [{ caption: "Medians:", head: ["", "ms a step"], rows: found }],
  };
};

const inThreads = (count: number) => (count === 1 ? "one thread" : `${count} threads`);

const inTab = (label: string, tab: Tab<Rival>, atLeast?: number): Stepper => ({
  label,
  ...(atLeast !== undefined && { atLeast }),
  losses: async () => (await tab.call("step", NETWORK, { steps: AGREED_STEPS, fresh: true })).losses,
  take: (steps) => tab.call("step", NETWORK, { steps, fresh: false }),
});

/** @returns a sentence where there is none. */
async function torchStepper(
  python: string | undefined,
  threads: number,
): Promise<(Stepper & { close(): void }) | string> {
  if (!python) return "PyTorch is left out: --torch=PYTHON names a Python that has it";
  try {
    const torch = await openTorch(python, threads);
    return {
      label: `PyTorch ${torch.version}, eager, ${inThreads(threads)}`,
      atLeast: 1 / 1.8,
      close: torch.close,
      async losses() {
        await torch.prepare(NETWORK);
        return (await torch.step(AGREED_STEPS)).losses;
      },
      take: torch.step,
    };
  } catch (error) {
    return `PyTorch is left out: ${firstLine(error)}`;
  }
}

/** @param steppers the first is what the others are compared with. */
async function compareSteppers(lab: Lab, steppers: readonly Stepper[], rounds: number) {
  const players: Player[] = [];
  let expected: readonly number[] | undefined;
  for (const { label, losses, take } of steppers) {
    lab.say(`${NETWORK}: ${AGREED_STEPS} steps of ${label}`);
    const found = await losses();
    expected ??= found;
    if (found.length !== AGREED_STEPS || !found.every((loss, at) => Math.abs(loss - expected![at]!) <= AGREEMENT)) {
      throw new Error(`${label}: losses ${found} differ from ${expected}`);
    }
    const units = Math.max(1, Math.min(20, Math.round(SAMPLE_MS / (await take(2)).ms)));
    players.push({ sample: async () => ({ ...(await take(units)), units }) });
  }
  const turns = await takeTurns(players, rounds, lab.timed);
  const rows = compareAll(turns).map(({ wall, cpu }, at) => {
    const { label, atLeast } = steppers[at + 1]!;
    const target = atLeast === undefined ? undefined : { atLeast };
    return judged({
      what: `${NETWORK} step, ${steppers[0]!.label.split(", ").at(-1)}`,
      base: label,
      wall,
      cpu,
      within: WITHIN,
      target,
    });
  });
  return { rows, found: medians(turns).map((ms, at): Cell[] => [steppers[at]!.label, short(ms)]) };
}
