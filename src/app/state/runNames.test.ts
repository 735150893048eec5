import { expect, test } from "vitest";
import { defaultConfig } from "../../engine/settings/config.ts";
import { captionOf, namesAmong } from "./runNames.ts";
import { emptyRecord } from "./runRecord.ts";

const run = (id: number, change: Partial<typeof defaultConfig> = {}) =>
  emptyRecord({ id, config: { ...defaultConfig, ...change } });
const named = (...runs: ReturnType<typeof run>[]) => runs.map(namesAmong(runs));

test("runs are called by what tells them apart, with as few words as do", () => {
  expect(named(run(1), run(2, { method: "lora" }))).toEqual(["Deep LoRA", "LoRA"]);
  expect(named(run(1), run(2, { rank: 4 }))).toEqual(["Deep LoRA · 8", "Deep LoRA · 4"]);
  expect(named(run(1, { learningRate: 1 }), run(2, { learningRate: 0.5 }))).toEqual(["rate 1", "rate 0.5"]);
  expect(named(run(1), run(2, { seed: 8 }))).toEqual(["seed 7", "seed 8"]);
  expect(named(run(1), run(2, { method: "lora" }), run(3, { seed: 8 }))).toEqual(["seed 7", "LoRA", "seed 8"]);
  expect(named(run(1), run(2, { changes: "5:learningRate=1" }))).toEqual(["run 1", "run 2"]);
  expect(named(run(1), run(2))).toEqual(["run 1", "run 2"]);
});

test("a picture says of which runs and model it is", () => {
  const runs = [run(1, { method: "lora" }), run(2), run(3, { seed: 8 })];
  expect(captionOf("Loss", runs)).toBe("Loss: LoRA · 8, Deep LoRA · 8 on pd-bert");
  expect(captionOf("Loss", [])).toBe("Loss");
});
