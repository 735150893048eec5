// Trains every preset on the processor and writes what it shows to public/recordings, which the page plays until a run of its
// own has begun. A few minutes.
//
//   node tools/run.mjs tools/recordings/run.ts [PRESET …]
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Preset, presets } from "../../src/app/state/presets.ts";
import { writeRecording } from "../../src/app/state/recording.ts";
import { emptyRecord, type RunRecord, singularValues, withFrames } from "../../src/app/state/runRecord.ts";
import type { MeasurementName } from "../../src/engine/methods/diagnostics/index.ts";
import { fineTuner } from "../../src/engine/problems/fineTuning.ts";
import { openNodeProcessor } from "../../src/engine/testing/devices.ts";
import { CallError, progressLine, readFlags } from "../commandLine.ts";
import { diskSources } from "../disk.ts";
import { root } from "../program.mjs";

const { positionals } = readFlags({});
const unknown = positionals.find((id) => !presets.some((preset) => preset.id === id));
if (unknown)
  throw new CallError(`there is no preset called ${unknown}; there are ${presets.map(({ id }) => id).join(", ")}`);
const folder = path.join(root, "public/recordings");
mkdirSync(folder, { recursive: true });
const tell = progressLine();
for (const preset of presets.filter(({ id }) => positionals.length === 0 || positionals.includes(id))) {
  const text = writeRecording(await record(preset));
  writeFileSync(path.join(folder, `${preset.id}.json`), text);
  tell(`${preset.id}: ${(text.length / 1000).toFixed(0)} kB`, true);
}

async function record({ id, config }: Preset): Promise<RunRecord> {
  const device = openNodeProcessor();
  let run = emptyRecord({ config });
  const frames: { diagnostic: MeasurementName; step: number; values: Float32Array }[] = [];
  const trainer = fineTuner(
    async () => device,
    diskSources,
    (event) => {
      if (event.type === "failed") throw new Error(event.failure.message);
      if (event.type === "ready") run = { ...run, summary: event.summary };
      if (event.type === "metrics") {
        run = { ...run, rows: [...run.rows, ...event.rows] };
        tell(`${id}: step ${run.rows.length} of ${config.steps}`);
      }
      if (event.type === "evaluation")
        run = { ...run, evaluations: [...run.evaluations, { step: event.step, values: event.values }] };
      if (event.type === "measured") frames.push(event);
    },
  );
  await trainer.prepare(config);
  await trainer.train();
  device.destroy();
  return withFrames(
    run,
    singularValues,
    frames.filter(({ diagnostic }) => diagnostic === singularValues),
  );
}
