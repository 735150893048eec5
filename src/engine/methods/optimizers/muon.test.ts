import { expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import { problemsOf } from "../../settings/problems.ts";
import { testGoldens } from "../../testing/goldenOptimizers.ts";
import { nanoConfig, nanoSession } from "../../testing/runs.ts";
import goldens from "./goldens/muon.json";

testGoldens("muon", goldens.cases, ({ beta, ns_steps }) => ({
  ...{ muonMomentum: Number(beta), newtonSchulzSteps: Number(ns_steps) },
  ...{ nesterov: "on", muonScale: "spectral" },
}));

test("updates the factors of adapters, and without matrices is refused beside the field", async () => {
  const change = { optimizer: "muon" } as const;
  expect(problemsOf({ ...nanoConfig, ...change, method: "lora" })).toEqual([]);
  expect(problemsOf({ ...nanoConfig, ...change, method: "head" })).toMatchObject([{ field: "optimizer" }]);
  await expect(nanoSession(new CpuDevice(), { ...change, method: "head" })).rejects.toThrow("none of these trains");
});

test("leaves vectors of adapters to AdamW", async () => {
  const session = await nanoSession(new CpuDevice(), { optimizer: "muon", method: "dora" });
  const parameters = [...session.network.arena].filter(({ value }) => value.name.includes("/"));
  const states = Object.fromEntries(
    parameters.map(({ value, state }) => [value.name.split("/")[1], Object.keys(state)]),
  );
  expect(states).toEqual({ A: ["momentum"], B: ["momentum"], m: ["firstMoment", "secondMoment"] });
  session.destroy();
});
