import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { NANO_T5, nanoConfig, nanoSources, takeSteps } from "../testing/runs.ts";
import { pretraining } from "./pretraining.ts";
import { usualSettings } from "./problem.ts";

const settings = {
  ...usualSettings(pretraining),
  ...nanoConfig,
  model: "pd-gpt",
  task: "kjv",
  method: "full",
  learningRate: 0.01,
  steps: 20,
} as const;
const prepare = (change: object = {}) =>
  pretraining.prepare({
    ...{ device: new CpuDevice(Float64Array), sources: nanoSources, report: () => {} },
    settings: { ...settings, ...change },
  });

test.each([
  ["a decoder", {}],
  ["an encoder–decoder", { model: NANO_T5, task: "king-james" }],
])("%s begins at chance, whatever its checkpoint holds, and learns", async (_, change) => {
  const session = await prepare(change);
  const { losses } = await takeSteps(session, 20);
  const chance = Math.log(session.model.transformer.vocabularySize);
  expect(Math.abs(losses[0]! - chance)).toBeLessThan(0.3);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.1);
  session.destroy();
});

test("the seed decides the weights, which begin as norms and biases do where they are vectors", async () => {
  const sessions = [await prepare(), await prepare(), await prepare({ seed: 8 })];
  const [first, again, other] = sessions.map(({ model }) => model.tensors);
  for (const { name, shape, constant } of sessions[0]!.model.transformer.tensors) {
    if (constant) continue;
    const { values } = first!.get(name)!;
    expect(again!.get(name)!.values, name).toEqual(values);
    if (shape.length > 1) {
      expect(other!.get(name)!.values, name).not.toEqual(values);
      const spread = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
      expect(Math.abs(spread / 0.02 - 1), name).toBeLessThan(0.25);
    } else expect(new Set(values), name).toEqual(new Set([name.endsWith("bias") ? 0 : 1]));
  }
  for (const session of sessions) session.destroy();
});
