import type { RunConfig } from "../../src/engine/settings/config.ts";
import { costOfStep } from "../harness/cost.ts";
import type { Suite } from "../harness/lab.ts";
import { judged, promises, type Row } from "../harness/report.ts";
import { type Bounds, onceIn } from "../harness/statistics.ts";
import { type Cell, short } from "../harness/table.ts";
import { compareAll, medians, type Player, takeTurns } from "../harness/turns.ts";

const SAMPLE_STEPS = 3;

/** A cost of 5 % cannot be told where two runs of the same thing differ by as much: half of what a target allows. */
const half = (atMost: number): Bounds => ({ within: (atMost - 1) / 2, target: { atMost } });

interface Case {
  readonly name: string;
  readonly change: Partial<RunConfig>;
}

interface Study {
  readonly model: string;
  readonly common: Partial<RunConfig>;
  /** What all others are compared with. */
  readonly base: Case;
  readonly others: readonly (Case & Bounds)[];
  /** What the first of the others costs where it is done once in so many steps. */
  readonly seldom?: { readonly steps: number; readonly name: string } & Bounds;
}

/** What a step costs in the product itself; every case against the first of its model, and spectra against none. */
const studies: readonly Study[] = [
  {
    model: "pd-bert",
    common: {},
    base: { name: "LoRA r = 8", change: { method: "lora" } },
    others: [
      { name: "Deep LoRA compressed r = 8", change: {}, ...half(1.05) },
      { name: "Deep LoRA narrow r = 8", change: { method: "deep-lora-narrow" }, within: 0.05 },
      { name: "full fine-tuning", change: { method: "full" }, within: 0.05 },
    ],
  },
  {
    model: "pd-bert",
    common: {},
    base: { name: "compressed, no spectra", change: {} },
    others: [{ name: "compressed, spectra every step", change: { spectrumEvery: 1 }, ...half(1.15) }],
    // Too little to be told from noise by itself; the program of a measured step is the same.
    seldom: { steps: 10, name: "compressed, spectra every 10 steps", ...half(1.02) },
  },
  {
    model: "pd-gpt",
    common: { model: "pd-gpt", task: "kjv" },
    base: { name: "LoRA r = 8", change: { method: "lora" } },
    others: [{ name: "Deep LoRA compressed r = 8", change: {}, ...half(1.05) }],
  },
  {
    model: "pd-gpt",
    common: { model: "pd-gpt", task: "kjv", method: "lora" },
    base: { name: "LoRA", change: {} },
    others: [
      { name: "LoRA, gradient checkpointing", change: { gradientCheckpointing: "on" }, within: 0.05 },
      { name: "LoRA, 4 accumulation steps", change: { accumulationSteps: 4 }, within: 0.05 },
    ],
  },
];

export const methods: Suite = async (lab, { rounds, quick }) => {
  const rows: Row[] = [];
  const table: Cell[][] = [];
  for (const { model, common, base, others, seldom } of quick ? studies.slice(0, 1) : studies) {
    const cases = [base, ...others];
    const dispatches: number[] = [];
    const players: Player[] = [];
    for (const { name, change } of cases) {
      const key = `${model}, ${name}`;
      lab.say(`${key}: getting ready`);
      dispatches.push(await lab.ours.call("prepareRun", key, { ...common, ...change }));
      // What is mapped for the first time, or padded to another length, is not what a step costs.
      const run = () => lab.ours.call("run", key, SAMPLE_STEPS);
      await run();
      players.push({ sample: async () => ({ ms: await run(), units: SAMPLE_STEPS }) });
    }
    // All methods are stepped alike; the first stands for them.
    const first = `${model}, ${base.name}`;
    const cost = await costOfStep(lab.ours, SAMPLE_STEPS, (steps) => lab.ours.call("run", first, steps));
    lab.say(`${model}: ${rounds} rounds`);
    const turns = await takeTurns(players, rounds, lab.timed);
    for (const [at, ms] of medians(turns).entries()) table.push([model, cases[at]!.name, short(ms), dispatches[at]!]);
    rows.push(...promises(first, cost, cost.ms));
    const compared = compareAll(turns);
    for (const [at, { name, within, target }] of others.entries())
      rows.push(judged({ what: `${model}: ${name}`, base: base.name, ...compared[at]!, within, target }));
    if (seldom) {
      const { steps, name, within, target } = seldom;
      const wall = onceIn(steps, compared[0]!.wall);
      const cpu = onceIn(steps, compared[0]!.cpu);
      const what = `${model}: ${name}, a tenth of that`;
      rows.push(judged({ what, base: base.name, wall, cpu, within, target }));
    }
  }
  return {
    title: "Training steps of the bundled models",
    note: "How many times as long a step takes. Batches of 8 (pd-bert: pairs of up to 24 tokens; pd-gpt: windows of 24), stepped as the product does it.",
    rows,
    tables: [{ caption: "Medians:", head: ["model", "step", "ms", "dispatches"], rows: table }],
  };
};
