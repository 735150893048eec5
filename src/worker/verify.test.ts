import { expect, test } from "vitest";
import { fineTuner } from "../engine/problems/fineTuning.ts";
import { testGpu } from "../engine/testing/devices.ts";
import { NANO_T5, nanoConfig, nanoSources } from "../engine/testing/runs.ts";
import { exportHandlers } from "./handlers/exports.ts";

test.each([
  ["classification by T5's encoder", { task: "authors", model: NANO_T5 }, ["encoder_last_hidden_state"]],
  ["regression by T5's encoder", { task: "verse-sts", model: NANO_T5 }, ["encoder_last_hidden_state"]],
  ["completions by T5", { task: "king-james", model: NANO_T5 }, ["last_hidden_state", "logits"]],
  ["regression by BERT", { task: "verse-sts", model: "pd-bert" }, ["last_hidden_state"]],
] as const)("ONNX Runtime agrees on %s, before training and after", async (_, settings, outputs) => {
  const failures: unknown[] = [];
  const trainer = fineTuner(testGpu, nanoSources, (event) => event.type === "failed" && failures.push(event.failure));
  await trainer.prepare({ ...nanoConfig, ...settings, steps: 2, spectrumEvery: 2 });
  await trainer.train();
  expect(failures).toEqual([]);
  const context = {
    trainer,
    sources: nanoSources,
    localFiles: new Map(),
    progress: () => {},
    signal: new AbortController().signal,
  };
  for (const which of ["base", "merged"] as const) {
    const found = await exportHandlers.verify({ which }, context);
    expect(found, which).toMatchObject({ outputs, passes: true });
    expect(found.maxDifference).toBeGreaterThan(0);
  }
});
