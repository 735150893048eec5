import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { rankSchedules } from "../methods/ranks/index.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import { TrainingSession } from "../run/session.ts";
import type { RunConfig } from "../settings/config.ts";
import { nanoConfig, nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { relativeError } from "../trust/check.ts";
import { adapterBundle } from "./bundle.ts";
import { engineOutputs } from "./crossCheck.ts";
import { trainedTensors } from "./mergedFiles.ts";
import { openAdapter } from "./openAdapter.ts";
import { layerUpdates } from "./updates.ts";

const settings = {
  ...{ method: "lora", rank: 2, alpha: 4, batchSize: 16, targets: "attention-mlp", learningRate: 0.01 },
  ...{ rankSchedule: "relora", mergeEvery: 4, rewarmupSteps: 1, steps: 12 },
} as const satisfies Partial<RunConfig>;
const models = [
  ["BERT", {}],
  ["GPT-2", { model: "pd-gpt", task: "kjv" }],
] as const;
const untold = { notes: { title: "", note: "" }, metrics: [], device: "a test", sources: nanoSources };

const outputsOf = async (session: TrainingSession, device: CpuDevice) =>
  (await engineOutputs(device, session, "merged")).outputs;

test.each(models)(
  "what %s has merged is in the adapter for PEFT, side by side with what it has not",
  async (_, model) => {
    const device = new CpuDevice(Float64Array);
    const session = await nanoSession(device, { ...settings, ...model });
    let taken = 0;
    for (const [step, rank] of [
      [3, 2],
      [4, 4],
      [7, 4],
      [12, 6],
    ] as const) {
      await takeSteps(session, step - taken);
      taken = step;
      const { files, refusal } = await adapterBundle(device, session, { ...untold, trim: false });
      expect(refusal).toBeUndefined();
      expect(JSON.parse(files["adapter_config.json"] as string)).toMatchObject({
        r: rank,
        lora_alpha: rank,
        rank_pattern: {},
      });

      // Opened again as plain LoRA of that rank, it is the same function.
      const given = ["adapter_config.json", "adapter_model.safetensors", "head.safetensors"].flatMap((name) => {
        const content = files[name];
        const bytes = typeof content === "string" ? new TextEncoder().encode(content).buffer : content;
        return bytes ? [{ name, read: async () => bytes as ArrayBuffer }] : [];
      });
      const config: RunConfig = { ...session.config, rankSchedule: "none" };
      const opened = await openAdapter(given.slice(0, 2), config, nanoSources);
      expect(opened.config).toMatchObject({ method: "lora", rank });
      const other = await TrainingSession.prepare(device, opened.config, nanoSources, () => {});
      await other.restore(opened.from);
      const found = await outputsOf(other, device);
      for (const [name, { values }] of await outputsOf(session, device))
        expect(relativeError(found.get(name)!.values, values), `${name} at ${step}`).toBeLessThan(1e-5);
      other.destroy();
    }
    session.destroy();
  },
);

test.each(models)(
  "the merged model of %s says what the run says, and its base what the checkpoint says",
  async (_, model) => {
    const device = new CpuDevice(Float64Array);
    const session = await nanoSession(device, { ...settings, ...model });
    const start = (await engineOutputs(device, session, "base")).outputs;
    await takeSteps(session, 10);
    expect((await engineOutputs(device, session, "base")).outputs).toEqual(start);
    const own = await outputsOf(session, device);
    const tensors = await trainedTensors(device, session);
    const merged = (loaded: LoadedModel): LoadedModel => ({ ...loaded, tensors });
    const config = { ...nanoConfig, ...settings, ...model };
    const other = await TrainingSession.prepare(device, config, nanoSources, () => {}, merged);
    const { outputs } = await engineOutputs(device, other, "base");
    for (const [name, { values }] of own) {
      expect(relativeError(outputs.get(name)!.values, values), name).toBeLessThan(1e-5);
      expect(relativeError(start.get(name)!.values, values), name).toBeGreaterThan(1e-3);
    }
    for (const update of await layerUpdates(device, session.network)) expect("A" in update && update.rank).toBe(6);
    for (const each of [session, other]) each.destroy();
  },
);

test("trimming leaves of all that was merged its effective rank", async () => {
  const device = new CpuDevice(Float64Array);
  const session = await nanoSession(device, settings);
  await takeSteps(session, 12);
  const { files, trimError } = await adapterBundle(device, session, { ...untold, trim: true });
  expect(JSON.parse(files["adapter_config.json"] as string).r).toBeLessThanOrEqual(6);
  expect(trimError).toBeGreaterThan(0);
  expect(files["README.md"]).toContain(
    `| Rank schedule | ${rankSchedules.relora.label}: ${rankSchedules.relora.equation} |`,
  );
  expect(files["README.md"]).toContain("| Merge every | 4 |");
  session.destroy();
});
