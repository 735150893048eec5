import type { FineTuner } from "../../src/engine/problems/fineTuning.ts";
import { STANDARD_KERNELS } from "../../src/engine/settings/config.ts";
import { runChecks } from "../../src/engine/trust/runChecks.ts";
import { type CheckSummary, nameOf, summarise } from "../../src/engine/trust/summary.ts";
import { tuneProducts } from "../../src/engine/tuning/tuneProducts.ts";
import type { Tell } from "../commandLine.ts";

/** Runs all checks on the trainer's device. */
export async function checkDevice(trainer: FineTuner, tell: Tell): Promise<CheckSummary> {
  const results = await trainer.borrow((device) =>
    runChecks(device, { report: (result, done, total) => tell(`check ${done} of ${total}: ${nameOf(result)}`) }),
  );
  const summary = summarise(results, new Date());
  for (const { check, error, tolerance, problem } of summary.failures) {
    const found = problem ?? `error ${error?.toPrecision(2)}, tolerated are ${tolerance}`;
    tell(`FAILED ${check}: ${found}`, true);
  }
  tell(`${summary.count} checks, ${summary.failures.length} failed`, true);
  return summary;
}

/** Measures the kernels of the trainer's device. @returns the fastest, as an experiment names them. */
export async function tuneKernels(trainer: FineTuner, tell: Tell): Promise<string> {
  const { kernelChoice, standard } = await trainer.borrow((device) =>
    tuneProducts(device, device.description, { report: (doing) => tell(`tuning: ${doing}`) }),
  );
  const isStandard = kernelChoice === standard;
  tell(`the fastest kernels here: ${kernelChoice}${isStandard ? ", which are the standard ones" : ""}`, true);
  return isStandard ? STANDARD_KERNELS : kernelChoice;
}
