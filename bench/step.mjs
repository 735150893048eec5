// What a training step costs, as ratios in one run: Deep LoRA against LoRA, and spectra every step, every ten, or never.
//
//   npm run bench            alternates between the runs; medians of ROUNDS rounds of STEPS steps
import { diskSources, withEngine } from "../tools/engine.mjs";

const [ROUNDS, STEPS] = [7, 3];
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

await withEngine(async (load) => {
  const { defaultConfig } = await load("/src/engine/train/config.ts");
  const { TrainingSession } = await load("/src/engine/train/session.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const device = await openNodeGpu();
  const common = {
    ...defaultConfig,
    batchSize: 8,
    maxTokens: 24,
    validationRows: 8,
    calibrationBatches: 1,
    spectrumEvery: 10_000,
    steps: 10_000,
  };
  const cases = {
    "LoRA r = 8": { method: "lora" },
    "Deep LoRA compressed r = 8": {},
    "Deep LoRA narrow r = 8": { method: "deep-lora-narrow" },
    "compressed, spectra every step": { spectrumEvery: 1 },
    "compressed, spectra every 10 steps": { spectrumEvery: 10 },
    "full fine-tuning": { method: "full" },
  };
  const sessions = {};
  for (const [name, change] of Object.entries(cases)) {
    sessions[name] = await TrainingSession.prepare(device, { ...common, ...change }, diskSources, () => {});
  }
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, session] of Object.entries(sessions)) {
      // A cycle of ten holds exactly one measured step.
      const steps = name.endsWith("10 steps") ? 10 : STEPS;
      const started = performance.now();
      for (let step = 0; step < steps; step++) {
        await session.room();
        void session.submitStep().metrics;
      }
      await device.idle();
      // The first round warms up.
      if (round >= 0) times[name].push((performance.now() - started) / steps);
    }
  }
  const base = median(times["LoRA r = 8"]);
  const { vendor, architecture } = device.description;
  console.log(`\npd-bert, 8 pairs of up to 24 tokens, ${vendor} ${architecture}\n`);
  console.log("| step | ms | against LoRA | dispatches |\n|---|---|---|---|");
  for (const [name, values] of Object.entries(times)) {
    const own = median(values);
    console.log(
      `| ${name} | ${own.toFixed(0)} | ${(own / base).toFixed(2)}× | ${sessions[name].summary.dispatchesPerStep} |`,
    );
  }
  console.log(`\nUncaptured errors: ${device.ledger.uncapturedErrors}`);
});
