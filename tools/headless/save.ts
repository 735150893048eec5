import { nameOfDevice } from "../../src/engine/device/device.ts";
import { originOf } from "../../src/engine/device/origin.ts";
import { adapterBundle } from "../../src/engine/export/bundle.ts";
import type { FolderFiles } from "../../src/engine/export/content.ts";
import { mergedFiles, onnxFiles } from "../../src/engine/export/mergedFiles.ts";
import type { FineTuner } from "../../src/engine/problems/fineTuning.ts";
import { receiptOf } from "../../src/engine/run/receipt.ts";
import { writeExperiment } from "../../src/engine/settings/experiment.ts";
import type { CheckSummary } from "../../src/engine/trust/summary.ts";
import type { Tell } from "../commandLine.ts";
import type { GivenRun } from "./experiment.ts";
import type { RunFolder } from "./folder.ts";
import type { RunReport } from "./report.ts";

/** What is known of a run besides what its trainer reports. */
export interface RunExtra {
  readonly checks: CheckSummary | undefined;
  /** Time that its steps and validations took. */
  readonly seconds: number | undefined;
  /** What measuring the kernels came to, where it was done. */
  readonly tuning: string | undefined;
  /** What is left besides what every run leaves. */
  readonly merged: boolean;
  readonly onnx: boolean;
  readonly tell: Tell;
}

/**
 * Writes what a run leaves behind into its folder: metrics, receipt, settings, and its adapter, or the merged model after
 * full fine-tuning, and what else was asked for, unless it failed.
 *
 * @returns names of the files.
 */
export async function saveRun(
  trainer: FineTuner,
  folder: RunFolder,
  run: GivenRun,
  report: RunReport,
  { tuning, merged, onnx, tell, ...extra }: RunExtra,
): Promise<string[]> {
  const { config, sources } = run;
  const { adapter, summary, rows, lines } = report;
  // What has rows, or diverged, was made ready on a device.
  if (!adapter || !summary) throw new Error("a run that was never ready cannot be saved");
  const notes = { ...run.notes, madeOn: originOf(adapter.kind) };
  folder.log(lines);
  const validation = report.evaluations.at(-1)?.values;
  const runtime = `Node ${process.version}`;
  const receipt = await receiptOf({ ...extra, config, sources, adapter, runtime, summary, rows, validation });
  const written = ["metrics.jsonl", folder.write("receipt.json", `${JSON.stringify(receipt, undefined, 2)}\n`)];
  if (tuning !== undefined) written.push(folder.write("tuning.json", tuning));
  const settings = async () => folder.write("experiment.json", await writeExperiment(config, { notes }));
  if (report.failure) return [...written, await settings()];
  return trainer.borrow(async (device, session) => {
    if (!session) return [...written, await settings()];
    const zip = async (name: string, files: FolderFiles) => {
      tell(`${name} is being written …`);
      written.push(await folder.writeZip(name, files));
    };
    const isFull = session.network.method.kind === "full";
    if (isFull) written.push(await settings());
    else {
      const about = { sources, notes, metrics: lines, device: nameOfDevice(adapter), trim: false };
      const { files } = await adapterBundle(device, session, about);
      written.push(folder.write("experiment.json", files["experiment.json"] as string));
      await zip("adapter.zip", files);
    }
    const model = await sources.model(config.model);
    if (isFull || merged) await zip("merged.zip", await mergedFiles(device, session, model));
    if (onnx) await zip("onnx.zip", await onnxFiles(device, session, model));
    return written;
  });
}
