import { expect, test } from "vitest";
import { openNodeProcessor } from "../testing/devices.ts";
import { nanoConfig } from "../testing/runs.ts";
import { watched } from "../testing/watched.ts";

const config = { ...nanoConfig, targets: "query-value", steps: 12, spectrumEvery: 4, evaluateEvery: 5 };
const processor = async () => openNodeProcessor(1);

test("a setting changes from the next step on, and a run with the settings that say so is the same to the bit", async () => {
  const { trainer, of, rows } = watched(processor);
  await trainer.prepare(config);
  trainer.change("learningRate", 0.5);
  expect(of("failed").at(-1)!.failure.message).toContain("before its first step");
  await trainer.step();
  await trainer.step();
  trainer.change("learningRate", config.learningRate / 4);
  trainer.change("spectrumEvery", 3);
  trainer.change("evaluateEvery", 4);
  await trainer.train();
  const { changes } = of("changed").at(-1)!;
  expect(changes).toBe(`2:learningRate=${config.learningRate / 4},2:spectrumEvery=3,2:evaluateEvery=4`);
  expect(of("measured").map(({ step }) => step)).toEqual([0, 1, 2, 3, 6, 9, 12]);
  expect(of("evaluation").map(({ step }) => step)).toEqual([0, 4, 8, 12]);
  const [, second, third, fourth] = rows();
  expect(third!.learningRate / second!.learningRate).toBeCloseTo((0.25 * 10) / 11, 9);

  const again = watched(processor);
  await again.trainer.prepare({ ...config, changes });
  await again.trainer.train();
  expect(again.rows()).toEqual(rows());
  const plain = watched(processor);
  await plain.trainer.prepare(config);
  await plain.trainer.train();
  expect(plain.rows()[3]!.loss, "a change changes it").not.toBe(fourth!.loss);
});

test("a run goes back to its best validation, and takes the same steps from there, without later changes", async () => {
  const { trainer, of, rows } = watched(processor);
  await trainer.prepare({ ...config, steps: 24, evaluateEvery: 3, learningRate: 0.01, headLearningRate: 0.001 });
  await trainer.train();
  const best = of("best").at(-1)!.step;
  const first = rows();
  const found = of("evaluation");
  const headline = found.map(({ step, values }) => [step, Object.values(values)[0]!] as const);
  expect(headline.find(([step]) => step === best)![1]).toBe(Math.max(...headline.map(([, value]) => value)));
  await trainer.goBack();
  expect(of("wentBack").at(-1)).toEqual({ type: "wentBack", step: best, changes: "" });
  expect(of("phase").at(-1)).toEqual({ type: "phase", phase: "paused", step: best });
  await trainer.train();
  expect(rows().slice(first.length)).toEqual(first.slice(best));
  expect(of("failed")).toEqual([]);
});

test("a run of which nothing was kept says so, and is there as before", async () => {
  const { trainer, of } = watched(processor);
  await trainer.prepare(config);
  await trainer.goBack();
  expect(of("failed").at(-1)).toMatchObject({ hasRun: true, failure: { hint: expect.stringContaining("reset") } });
  await trainer.train();
  expect(of("phase").at(-1)).toMatchObject({ phase: "finished" });
});
