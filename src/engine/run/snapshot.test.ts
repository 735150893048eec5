import { expect, test } from "vitest";
import { fingerprintOf, sha256 } from "../checkpoint/fingerprint.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { ExperimentError, experimentBody } from "../settings/experiment.ts";
import { settingsAfter } from "../settings/versions.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { assertSameModel, readSnapshot, writeSnapshot } from "./snapshot.ts";

const settings = { method: "deep-lora-compressed", steps: 12, dropout: 0.1, maxTokens: 12 } as const;
const notes = { title: "Verses", note: "half of the way" };
const model = await fingerprintOf(await nanoSources.model("pd-bert"));

async function halfway() {
  const session = await nanoSession(await testGpu(), settings);
  await takeSteps(session, 5);
  const file = await writeSnapshot({ config: session.config, notes, model, state: await session.state() });
  return { session, file };
}

test("a run that was saved goes on elsewhere with the same losses to the bit, and can still be reset", async () => {
  const { session: first, file } = await halfway();
  const rest = await takeSteps(first, 7);
  await first.reset();
  const anew = await takeSteps(first, 3);
  first.destroy();

  const read = await readSnapshot(file);
  expect(read).toMatchObject({ config: first.config, notes, model });
  expect(read.state.step).toBe(5);
  await assertSameModel(read, nanoSources);
  const second = await nanoSession(await testGpu(), read.config);
  await second.restore(read.state);
  expect(second.step).toBe(5);
  expect((await takeSteps(second, 7)).losses).toEqual(rest.losses);
  await second.reset();
  expect((await takeSteps(second, 3)).losses).toEqual(anew.losses);
  second.destroy();
});

test("a snapshot with any change is refused, and so is one of another model", async () => {
  const { session, file } = await halfway();
  session.destroy();
  const refused = async (buffer: ArrayBuffer) => {
    const error = await readSnapshot(buffer).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ExperimentError);
    expect((error as ExperimentError).code).toBe("snapshot-corrupt");
  };
  // Every part of the file: length, checksum, header, and data to the last byte.
  for (let at = 0; at < file.byteLength; at += at < 200 ? 7 : 4099) {
    const changed = file.slice(0);
    new Uint8Array(changed)[at]! ^= 1 << (at % 8);
    await refused(changed);
  }
  const lastByte = file.slice(0);
  new Uint8Array(lastByte)[file.byteLength - 1]! ^= 128;
  await refused(lastByte);
  for (const length of [0, 4, 60, 500, file.byteLength - 4]) await refused(file.slice(0, length));
  await refused(new TextEncoder().encode("<!doctype html>").buffer as ArrayBuffer);

  const other = { config: session.config, model: "0".repeat(64) };
  await expect(assertSameModel(other, nanoSources)).rejects.toThrow("not those that the run was trained on");
  const session2 = await nanoSession(await testGpu(), { ...settings, rank: 2 });
  await expect(session2.restore((await readSnapshot(file)).state)).rejects.toThrow("the network has it as");
  session2.destroy();
});

test("a snapshot of version 4, of values and two moments by AdamW, is read and goes on as it would have", async () => {
  const session = await nanoSession(await testGpu(), settings);
  await takeSteps(session, 5);
  const state = await session.state();
  expect(Object.keys(state.parts)).toEqual(["value", "firstMoment", "secondMoment"]);
  const later = Object.keys(settingsAfter(4)!);
  const { accumulationSteps: passes, gradientCheckpointing: _, ...others } = experimentBody(session.config, notes);
  const body = Object.fromEntries(
    Object.entries({ ...others, passes, activations: "kept", v: 4 }).filter(([name]) => !later.includes(name)),
  );
  const tensors = Object.entries(state.parts).flatMap(([part, kept]) =>
    [...kept].map(([name, values]) => [`${part}/${name}`, values] as const),
  );
  const file = writeSafetensors(new Map(tensors), {
    ...{ sha256: "0".repeat(64), format: "rankscope", version: "1", step: "5", model },
    experiment: JSON.stringify(body),
  });
  const hash = await sha256(file);
  new Uint8Array(file).set(new TextEncoder().encode(hash), 8 + '{"__metadata__":{"sha256":"'.length);

  const read = await readSnapshot(file);
  expect(read.config.optimizer).toBe("adamw");
  const rest = await takeSteps(session, 3);
  session.destroy();
  const second = await nanoSession(await testGpu(), read.config);
  await second.restore(read.state);
  expect((await takeSteps(second, 3)).losses).toEqual(rest.losses);
  second.destroy();
});
