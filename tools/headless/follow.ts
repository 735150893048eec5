import type { TrainingDevice } from "../../src/engine/device/device.ts";
import { type FineTuner, fineTuner } from "../../src/engine/problems/fineTuning.ts";
import { estimateMemory, memoryInWords } from "../../src/engine/run/estimate.ts";
import { verdictInWords, worseThanBefore } from "../../src/engine/run/verdict.ts";
import type { Tell } from "../commandLine.ts";
import { readAdapter } from "./adapter.ts";
import type { Call } from "./call.ts";
import { checkDevice, kernelsFor, openDevice, tellWhetherItRepeats } from "./device.ts";
import type { Ending } from "./ending.ts";
import { type GivenRun, readGivenRun } from "./experiment.ts";
import type { RunFolder } from "./folder.ts";
import { sentenceOf } from "./refusing.ts";
import { RunReport } from "./report.ts";
import { saveRun } from "./save.ts";

/** What a call has beside its arguments: the folder of its run, and ways to be ended and to speak. */
export interface CallContext {
  readonly folder: RunFolder;
  readonly ending: Ending;
  readonly tell: Tell;
}

/** Follows a call whose folder is there. @returns the exit code. */
export async function follow(call: Call, { folder, ending, tell }: CallContext): Promise<number> {
  const plain = await readGivenRun(call, tell);
  const given = call.adapter === undefined ? plain : await readAdapter(call.adapter, call, plain, tell);
  const report = new RunReport(given.config, folder, tell);
  let device: TrainingDevice | undefined;
  const trainer = fineTuner(
    async () => {
      device = await openDevice(call, tell);
      tellWhetherItRepeats(given, device, tell);
      return device;
    },
    given.sources,
    (event) => report.hear(event),
  );
  try {
    const checks = call.check && (await checkDevice(trainer, tell));
    const tuned = await kernelsFor(call, trainer, tell);
    const run = tuned ? { ...given, config: { ...given.config, kernels: tuned.kernels } } : given;
    if (call.model !== undefined) await tellMemory(trainer, run, tell);
    await trainer.prepare(run.config, run.from);
    let seconds: number | undefined;
    if (!report.failure) {
      const start = performance.now();
      ending.savesBy(() => trainer.pause());
      await trainer.train();
      seconds = Number(((performance.now() - start) / 1000).toFixed(3));
    }
    const { steps, learningRate } = run.config;
    const taken = report.rows.length;
    const isDiverged = report.failure?.name === "DivergedError";
    const isCutShort = ending.isAsked && !report.failure && taken < steps;
    if (taken > 0 || isDiverged) {
      const { merged = false, onnx = false } = call;
      const extra = { checks, seconds, tuning: tuned?.file, merged, onnx, tell };
      const saved = await saveRun(trainer, folder, run, report, extra);
      tell(
        `${call.out}${isCutShort ? `, interrupted after step ${taken} of ${steps}` : ""}: ${saved.join(", ")}`,
        true,
      );
    } else if (isCutShort) tell("Ended before the first step; nothing is left of it", true);
    if (report.failure) {
      tell(sentenceOf(report.failure), true);
      return isDiverged ? 3 : 1;
    }
    const isWorse = tellVerdict(report, learningRate, tell);
    if (checks && checks.failures.length > 0)
      throw new Error(`this device computes wrongly; ${call.out}/receipt.json says what`);
    if (isCutShort) return 130;
    return isWorse ? 3 : 0;
  } finally {
    device?.destroy();
  }
}

/** Tells what a run will take before anything of it is allocated. @throws OutOfMemoryError where that is too much. */
async function tellMemory(trainer: FineTuner, { config, sources }: GivenRun, tell: Tell): Promise<void> {
  const limits = await trainer.borrow(async ({ description }) => description);
  tell(memoryInWords(await estimateMemory(config, sources, limits), limits.kind), true);
}

/** Tells where a run is worse than before training. @returns whether it clearly is. */
function tellVerdict({ evaluations, summary }: RunReport, learningRate: number, tell: Tell): boolean {
  const verdict = summary && worseThanBefore(evaluations, summary.metrics, summary.validationExamples);
  if (!verdict) return false;
  const more = verdict.isClear
    ? `a smaller learning rate (learningRate, now ${learningRate}) or fewer steps may help`
    : `${summary.validationExamples.toLocaleString("en")} validation rows can show that by chance`;
  tell(`${verdictInWords(verdict)}; ${more}`, true);
  return verdict.isClear;
}
