import { expect, test } from "vitest";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import type { Sources } from "../data/sources.ts";
import { CpuDevice } from "../device/cpu.ts";
import type { Device, TrainingDevice } from "../device/device.ts";
import { Tape } from "../ops/tape.ts";
import { readTensor, writeTensor } from "../ops/tensor.ts";
import { fineTuner } from "../problems/fineTuning.ts";
import type { RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoConfig, nanoSession, nanoSources } from "../testing/runs.ts";
import { assertFiniteLabels, diverged, divergedAt } from "./diagnosis.ts";
import type { TrainerEvent } from "./events.ts";
import type { ParameterValues } from "./namedParameters.ts";
import type { TrainingSession } from "./session.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";

const settings = { ...nanoConfig, steps: 12, spectrumEvery: 4 };

/** What the failure of a run says, and what else was reported; `change` may do harm between two steps. */
async function failureOf(
  config: typeof settings,
  change?: {
    readonly after: number;
    readonly harm: (session: TrainingSession, device: TrainingDevice) => Promise<void>;
  },
) {
  const events: TrainerEvent[] = [];
  const trainer = fineTuner(testGpu, nanoSources, (event) => events.push(event));
  await trainer.prepare({ ...config });
  if (change) {
    for (let step = 0; step < change.after; step++) await trainer.step();
    await trainer.borrow((device, session) => change.harm(session!, device));
  }
  await trainer.train();
  const failed = events.find((event) => event.type === "failed");
  const steps = events.flatMap((event) => (event.type === "metrics" ? event.rows.map(({ step }) => step) : []));
  const once = failed?.failure;
  // The run is back before that step, whose repetition comes to the same.
  await trainer.train();
  expect(events.findLast((event) => event.type === "failed")?.failure).toEqual(once);
  expect(steps).toEqual([...steps.keys()]);
  expect(failed?.step).toBe(steps.length);
  return { message: once?.message, hint: once?.hint, steps: steps.length };
}

/** Writes a value into a weight that does not train. */
async function plantInWeight(
  session: TrainingSession,
  device: TrainingDevice,
  name: string,
  index: number,
  value: number,
) {
  const tensor = session.network.forward(new Tape(device)).weights.get(name)!;
  const values = (await readTensor(device, tensor)).with(index, value);
  writeTensor(device, tensor, values);
}

test("a rate that is much too high ends the run at the step after, with the layer whose output grew without bound", async () => {
  const { message, hint, steps } = await failureOf(settings, {
    after: 0,
    // Settings stop at 1, from which a model as small as this recovers.
    harm: async (session) => void Object.assign(session.config, { learningRate: 1e25 }),
  });
  expect(message).toMatch(
    /^the output of encoder\.layer\.0\.attention\.self\.query is (infinite|not a number) \(first at \[\d+, \d+, \d+\]\) at step 2$/,
  );
  expect(hint).toContain("Lower the learning rate");
  expect(steps).toBe(1);
});

test("a value in a factor that is not a number is named by layer, factor and place", async () => {
  const { message, steps } = await failureOf(settings, {
    after: 3,
    async harm(session) {
      const { shape, values } = (await session.network.named.read()).get("1.key/W2")!;
      await session.network.named.write(new Map([["1.key/W2", { shape, values: values.with(6, Number.NaN) }]]));
    },
  });
  expect(message).toBe("factor W2 of encoder.layer.1.attention.self.key is not a number (first at [1, 2]) at step 4");
  expect(steps).toBe(3);
});

test("an infinity in a weight that does not train is named", async () => {
  const name = "encoder.layer.1.intermediate.dense.weight";
  const { message, hint } = await failureOf(settings, {
    after: 1,
    harm: (session, device) => plantInWeight(session, device, name, 35, Number.NEGATIVE_INFINITY),
  });
  expect(message).toBe(`${name} is infinite (first at [2, 3]) at step 2`);
  expect(hint).toContain("It was so before this step");
});

/** A step of full fine-tuning on weights that a change was made to, and what is found out about it. */
async function stepWith(
  device: Device,
  task: "authors" | "verse-sts",
  change: (name: string, values: ParameterValues["values"]) => ParameterValues["values"] | undefined,
  optimizer: RunConfig["optimizer"] = "adamw",
) {
  const full = { method: "full", learningRate: 1e-3, projectionRank: 2 } as const;
  const session = await nanoSession(device, { ...settings, task, ...full, optimizer });
  const changed = [...(await session.network.named.read())].flatMap(([name, { shape, values }]) => {
    const own = change(name, values);
    return own ? [[name, { shape, values: own }] as const] : [];
  });
  await session.network.named.write(new Map(changed));
  const row = await session.submitStep().metrics;
  const finding = await session.diagnose(0);
  expect(session.step).toBe(0);
  session.destroy();
  return { loss: row.loss, message: (finding ? divergedAt(0, finding) : diverged(row)).message };
}

test("a gradient that grows without bound is named by its weight, the one nearest to the loss", async () => {
  // The last normalisation makes its tiny inputs a million times larger, and their gradients likewise.
  const tiny = (name: string, values: ParameterValues["values"]) => {
    if (name === "head.weight") return values.map((value) => 1e35 * value);
    if (name.startsWith("encoder.layer.1.output.dense")) return values.map(() => 0);
    if (name === "encoder.layer.1.attention.output.LayerNorm.bias") return values.map(() => 0);
    return name === "encoder.layer.1.attention.output.LayerNorm.weight" ? values.map(() => 1e-7) : undefined;
  };
  for (const device of [await testGpu(), new CpuDevice(Float32Array)]) {
    // Of GaLore the gradients of matrices have no place of their own.
    for (const optimizer of ["adamw", "galore"] as const) {
      const { loss, message } = await stepWith(device, "authors", tiny, optimizer);
      expect(Number.isFinite(loss)).toBe(true);
      expect(message).toMatch(
        /^the gradient of encoder\.layer\.1\.output\.dense\.\w+ is (infinite|not a number) \(first at \[[\d, ]+\]\) at step 1$/,
      );
    }
  }
});

test("a loss or a norm that overflows by itself is said to", async () => {
  const biased = (bias: number) => (name: string, values: ParameterValues["values"]) =>
    name === "head.bias" ? values.map(() => bias) : undefined;
  const device = await testGpu();
  expect((await stepWith(device, "verse-sts", biased(1e20))).message).toBe("the loss itself is infinite at step 1");
  // The sum of squares is too large for a float32, no gradient is.
  expect((await stepWith(device, "verse-sts", biased(8e18))).message).toBe(
    "the gradients' norm is no longer a finite number at step 1",
  );
});

test("a weight of the checkpoint that is not finite is refused before anything is trained", async () => {
  const sources: Sources = {
    ...nanoSources,
    async model(reference) {
      const files = await nanoSources.model(reference);
      return {
        ...files,
        async read(file) {
          const buffer = await files.read(file);
          if (!file.endsWith(".safetensors")) return buffer;
          const tensors = new SafetensorsFile(buffer);
          const changed = new Map(tensors.names.map((name) => [name, tensors.read(name)]));
          for (const [name, { values }] of changed) if (name.endsWith("value.bias")) values[3] = Number.NaN;
          return writeSafetensors(changed);
        },
      };
    },
  };
  const events: TrainerEvent[] = [];
  const trainer = fineTuner(testGpu, sources, (event) => events.push(event));
  await trainer.prepare(settings);
  expect(events.find((event) => event.type === "failed")?.failure).toMatchObject({
    message: "pd-bert: encoder.layer.0.attention.self.value.bias is not a number (first at [3]); so it is with 1 more",
    hint: expect.stringContaining("undamaged copy"),
  });
});

test("a snapshot with a value that is not finite is refused with its tensor's name, and so is a label", async () => {
  const session = await nanoSession(await testGpu(), settings);
  const state = await session.state();
  session.destroy();
  const name = "0.query/W1";
  const { shape, values } = state.parts.value!.get(name)!;
  const damaged = new Map([...state.parts.value!, [name, { shape, values: values.with(9, Number.POSITIVE_INFINITY) }]]);
  const file = await writeSnapshot({
    config: session.config,
    notes: { title: "", note: "" },
    model: "0".repeat(64),
    state: { ...state, parts: { ...state.parts, value: damaged } },
  });
  await expect(readSnapshot(file)).rejects.toThrow("value/0.query/W1 is infinite (first at [2, 1])");

  const example = { rows: [], labels: [Number.NaN] };
  expect(() => assertFiniteLabels({ training: [], validation: [{ ...example, labels: [1] }, example] })).toThrow(
    "validation example 2 has a label that is no finite number",
  );
});
