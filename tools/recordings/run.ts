// Trains every preset on the processor and writes what it shows to public/recordings, which the page plays until a run of its
// own has begun, and how long it took and how many bytes it read to src/app/state/presetCosts.json. A few minutes. Times are
// those of the threads' own work, so that other work on the machine does not count.
//
//   node tools/run.mjs tools/recordings/run.ts [PRESET …]
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { PresetCost } from "../../src/app/state/presetCosts.ts";
import { type Preset, presets } from "../../src/app/state/presets.ts";
import { writeRecording } from "../../src/app/state/recording.ts";
import { emptyRecord, type RunRecord, singularValues, withFrames } from "../../src/app/state/runRecord.ts";
import type { Sources } from "../../src/engine/data/sources.ts";
import { MOST_THREADS } from "../../src/engine/device/threads/phases.mjs";
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
const costsFile = path.join(root, "src/app/state/presetCosts.json");
const costs: Record<string, PresetCost> = JSON.parse(readFileSync(costsFile, "utf8"));
const threads = Math.min(availableParallelism(), MOST_THREADS);
mkdirSync(folder, { recursive: true });
const tell = progressLine();
for (const preset of presets.filter(({ id }) => positionals.length === 0 || positionals.includes(id))) {
  const { sources, bytes } = counted(diskSources);
  const begun = process.cpuUsage();
  const run = await record(preset, sources);
  const { user, system } = process.cpuUsage(begun);
  const seconds = Number(((user + system) / 1e6 / threads).toFixed(1));
  costs[preset.id] = { seconds, threads, bytes: bytes() };
  const text = writeRecording(run);
  writeFileSync(path.join(folder, `${preset.id}.json`), text);
  tell(`${preset.id}: ${(text.length / 1000).toFixed(0)} kB, ${seconds} s`, true);
}
const known = Object.fromEntries(presets.map(({ id }) => [id, costs[id]]));
writeFileSync(costsFile, `${JSON.stringify(known, null, 2)}\n`);

async function record({ id, config }: Preset, sources: Sources): Promise<RunRecord> {
  const device = openNodeProcessor(threads);
  let run = emptyRecord({ config });
  const frames: { diagnostic: MeasurementName; step: number; values: Float32Array }[] = [];
  const trainer = fineTuner(
    async () => device,
    sources,
    (event) => {
      if (event.type === "failed") throw new Error(event.failure.message);
      if (event.type === "ready") run = { ...run, summary: event.summary };
      if (event.type === "metrics") {
        run = { ...run, rows: [...run.rows, ...event.rows] };
        tell(`${id}: step ${run.rows.length} of ${config.steps}`);
      }
      if (event.type === "evaluation")
        run = { ...run, evaluations: [...run.evaluations, { step: event.step, values: event.values }] };
      if (event.type === "examples") run = { ...run, [event.when]: event.rows };
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

/** The same sources, with the bytes of all that was read of them: what a page fetches. */
function counted(all: Sources): { sources: Sources; bytes: () => number } {
  const sizes = new Map<string, number>();
  return {
    bytes: () => [...sizes.values()].reduce((sum, size) => sum + size, 0),
    sources: {
      ...all,
      async model(reference) {
        const { names, read, open } = await all.model(reference);
        const note = (name: string, size: number) => sizes.set(`${reference}/${name}`, size);
        return {
          names,
          async read(name) {
            const content = await read(name);
            note(name, content.byteLength);
            return content;
          },
          async open(name) {
            const content = await open!(name);
            note(name, content.size);
            return content;
          },
        };
      },
      async task(file) {
        const text = await all.task(file);
        sizes.set(file, Buffer.byteLength(text));
        return text;
      },
    },
  };
}
