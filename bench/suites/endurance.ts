import type { Suite } from "../harness/lab.ts";
import { counted } from "../harness/report.ts";
import { short } from "../harness/table.ts";

const STEPS = 10_000;
const PART = 1000;
const MEBIBYTE = 2 ** 20;

/** Whether anything grows in ten thousand steps of a small network: in the engine's ledger, and in the GPU process. */
export const endurance: Suite = async (lab, { quick }) => {
  const steps = quick ? 2 * PART : STEPS;
  const sample = async () => ({ live: await lab.ours.call("liveBytes"), memory: (await lab.gpuMemory()) / MEBIBYTE });
  // What is mapped for the first time is not growth.
  await lab.ours.call("step", "nano", { steps: PART, fresh: false });
  const first = { step: 0, ms: Number.NaN, ...(await sample()) };
  const samples = [first];
  for (let step = PART; step <= steps; step += PART) {
    const { ms } = await lab.ours.call("step", "nano", { steps: PART, fresh: false });
    samples.push({ step, ms, ...(await sample()) });
    lab.say(`${step} of ${steps} steps`);
  }
  const last = samples.at(-1) ?? first;
  const all = samples.map(({ memory }) => memory);
  return {
    title: "Ten thousand steps",
    note: `${steps} steps of a network of one block and width 32, depth-3 updates, after ${PART} to warm up; losses are read once per ${PART}. The GPU process's memory is what Linux says that it has to itself.`,
    rows: [
      counted({ what: "growth of the ledger", value: last.live - first.live, atMost: 0, unit: "bytes" }),
      counted({
        what: "span of the GPU process's memory",
        value: Math.max(...all) - Math.min(...all),
        atMost: 16,
        unit: "MiB",
      }),
    ],
    tables: [
      {
        caption: "On the way:",
        head: ["steps", "ms a step", "ledger, bytes", "GPU process, MiB"],
        rows: samples.map(({ step, ms, live, memory }) => [step, step === 0 ? "" : short(ms), live, short(memory)]),
      },
    ],
  };
};
