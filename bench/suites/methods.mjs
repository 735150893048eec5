import { costOfStep } from "../harness/cost.mjs";
import { judged, promises } from "../harness/report.mjs";
import { onceIn } from "../harness/statistics.mjs";
import { short } from "../harness/table.mjs";
import { compareAll, medians, takeTurns } from "../harness/turns.mjs";

const SAMPLE_STEPS = 3;

/** A cost of 5 % cannot be told where two runs of the same thing differ by as much: half of what a target allows. */
const half = (atMost) => ({ within: (atMost - 1) / 2, target: { atMost } });

/** What a step costs in the product itself; every case against the first of its model, and spectra against none. */
const studies = [
  {
    model: "pd-bert",
    common: {},
    cases: [
      { name: "LoRA r = 8", change: { method: "lora" } },
      { name: "Deep LoRA compressed r = 8", change: {}, ...half(1.05) },
      { name: "Deep LoRA narrow r = 8", change: { method: "deep-lora-narrow" }, within: 0.05 },
      { name: "full fine-tuning", change: { method: "full" }, within: 0.05 },
    ],
  },
  {
    model: "pd-bert",
    common: {},
    cases: [
      { name: "compressed, no spectra", change: {} },
      { name: "compressed, spectra every step", change: { spectrumEvery: 1 }, ...half(1.15) },
    ],
    // Too little to be told from noise by itself; the program of a measured step is the same.
    seldom: { steps: 10, name: "compressed, spectra every 10 steps", ...half(1.02) },
  },
  {
    model: "pd-gpt",
    common: { model: "pd-gpt", task: "kjv" },
    cases: [
      { name: "LoRA r = 8", change: { method: "lora" } },
      { name: "Deep LoRA compressed r = 8", change: {}, ...half(1.05) },
    ],
  },
  {
    model: "pd-gpt",
    common: { model: "pd-gpt", task: "kjv", method: "lora" },
    cases: [
      { name: "LoRA", change: {} },
      { name: "LoRA, gradient checkpointing", change: { gradientCheckpointing: "on" }, within: 0.05 },
      { name: "LoRA, 4 accumulation steps", change: { accumulationSteps: 4 }, within: 0.05 },
    ],
  },
];

export async function methods(lab, { rounds, quick }) {
  const rows = [];
  const table = [];
  for (const { model, common, cases, seldom } of quick ? studies.slice(0, 1) : studies) {
    const dispatches = [];
    const contestants = [];
    for (const { name, change } of cases) {
      const key = `${model}, ${name}`;
      lab.say(`${key}: getting ready`);
      dispatches.push(await lab.ours.call("prepareRun", key, { ...common, ...change }));
      // What is mapped for the first time, or padded to another length, is not what a step costs.
      const run = () => lab.ours.call("run", key, SAMPLE_STEPS);
      await run();
      contestants.push({ name, sample: async () => ({ ms: await run(), units: SAMPLE_STEPS }) });
    }
    // All methods are stepped alike; the first stands for them.
    const first = `${model}, ${cases[0].name}`;
    const cost = await costOfStep(lab.ours, SAMPLE_STEPS, (steps) => lab.ours.call("run", first, steps));
    lab.say(`${model}: ${rounds} rounds`);
    const turns = await takeTurns(contestants, rounds, lab.timed);
    medians(turns).forEach((ms, at) => {
      table.push([model, cases[at].name, short(ms), dispatches[at]]);
    });
    rows.push(...promises(first, cost, cost.ms));
    const base = cases[0].name;
    const compared = compareAll(turns);
    compared.forEach(({ wall, cpu }, at) => {
      const { name, within, target } = cases[at + 1];
      rows.push(judged({ what: `${model}: ${name}`, base, wall, cpu, within, target }));
    });
    if (seldom) {
      const { steps, name, within, target } = seldom;
      const [wall, cpu] = [compared[0].wall, compared[0].cpu].map((each) => each && onceIn(steps, each));
      rows.push(judged({ what: `${model}: ${name}, a tenth of that`, base, wall, cpu, within, target }));
    }
  }
  return {
    title: "Training steps of the bundled models",
    note: "How many times as long a step takes. Batches of 8 (pd-bert: pairs of up to 24 tokens; pd-gpt: windows of 24), stepped as the product does it.",
    rows,
    tables: [{ caption: "Medians:", head: ["model", "step", "ms", "dispatches"], rows: table }],
  };
}
