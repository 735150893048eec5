import { readFileSync } from "node:fs";
import { deviceFor, findAdapter } from "../../src/engine/device/adapters.ts";
import type { TrainingDevice } from "../../src/engine/device/device.ts";
import { originOf, whyNotRepeated } from "../../src/engine/device/origin.ts";
import type { FineTuner } from "../../src/engine/problems/fineTuning.ts";
import { STANDARD_KERNELS } from "../../src/engine/settings/config.ts";
import { nodeGpu, openNodeGpu, openNodeProcessor } from "../../src/engine/testing/devices.ts";
import { runChecks } from "../../src/engine/trust/runChecks.ts";
import { type CheckSummary, nameOf, summarise } from "../../src/engine/trust/summary.ts";
import { tuneProducts } from "../../src/engine/tuning/tuneProducts.ts";
import { assertOfDevice, readTuning, writeTuning } from "../../src/engine/tuning/tuningFile.ts";
import type { Tell } from "../commandLine.ts";
import type { Call } from "./call.ts";
import type { GivenRun } from "./experiment.ts";
import { refusing } from "./refusing.ts";

/** The device that a call asks for, or the faster one, which is told. */
export async function openDevice({ cpu, gpu }: Pick<Call, "cpu" | "gpu">, tell: Tell): Promise<TrainingDevice> {
  if (gpu) return openNodeGpu();
  if (cpu) return openNodeProcessor();
  const found = await findAdapter(nodeGpu());
  if (deviceFor(found?.adapter) === "graphics") return openNodeGpu();
  tell(
    found
      ? "only a software GPU was found: the processor trains, which is several times faster (--gpu takes the GPU)"
      : "no graphics device was found: the processor trains",
    true,
  );
  return openNodeProcessor();
}

/** Tells where a run was made elsewhere and its losses cannot repeat on this device. */
export function tellWhetherItRepeats({ notes }: Pick<GivenRun, "notes">, { kind }: TrainingDevice, tell: Tell): void {
  const why = whyNotRepeated(notes.madeOn, originOf(kind));
  const other = kind === "cpu" ? "--gpu" : "--cpu";
  if (why) tell(`note: ${why} ${other} runs it elsewhere.`, true);
}

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

/** Kernels that were tuned here or elsewhere. */
export interface TunedKernels {
  /** As an experiment names them. */
  readonly kernels: string;
  /** The file with what was measured, for others. */
  readonly file?: string;
}

/** The kernels that a call has measured or read, if it does either. @throws UsageError where its file cannot be used. */
export async function kernelsFor(
  { tune, tuning }: Pick<Call, "tune" | "tuning">,
  trainer: FineTuner,
  tell: Tell,
): Promise<TunedKernels | undefined> {
  if (tune) return tuneKernels(trainer, tell);
  return tuning === undefined ? undefined : readKernels(trainer, tuning, tell);
}

/** Measures the kernels of the trainer's device. */
async function tuneKernels(trainer: FineTuner, tell: Tell): Promise<TunedKernels> {
  return trainer.borrow(async (device) => {
    const adapter = device.description;
    const found = await tuneProducts(device, adapter, { report: (doing) => tell(`tuning: ${doing}`) });
    const { kernelChoice, standard } = found;
    const isStandard = kernelChoice === standard;
    tell(`the fastest kernels here: ${kernelChoice}${isStandard ? ", which are the standard ones" : ""}`, true);
    // A processor has nothing to choose between, and nothing to tell others.
    const file = device.kind === "cpu" ? {} : { file: writeTuning(adapter, found, new Date()) };
    return { kernels: isStandard ? STANDARD_KERNELS : kernelChoice, ...file };
  });
}

/** Reads which kernels somebody has found to be the fastest. @throws UsageError, also where it was on another kind of device. */
async function readKernels(trainer: FineTuner, path: string, tell: Tell): Promise<TunedKernels> {
  const shared = await refusing(async () => readTuning(readFileSync(path, "utf8"), path));
  const { kernelChoice, standard } = shared.tuning;
  const adapter = await trainer.borrow(async ({ description }) => description);
  await refusing(async () => assertOfDevice(shared, adapter, path));
  tell(`kernels as measured on ${shared.measured.slice(0, 10)}: ${kernelChoice}`, true);
  return { kernels: kernelChoice === standard ? STANDARD_KERNELS : kernelChoice };
}
