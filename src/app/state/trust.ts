import type { Receipt } from "../../engine/run/receipt.ts";
import { deviceTask } from "./deviceTask.ts";
import { lab, useLab } from "./store.ts";

/** All checks, on the device of this tab. */
export const checks = deviceTask("checkDevice");

/** Which kernels are the fastest on the device of this tab. */
export const tuning = deviceTask("tuneKernels");

/** The receipt of the run that the worker holds, with the last checks of its device. @throws Failure, as plain data. */
export function runReceipt(): Promise<Receipt> {
  const { current } = useLab.getState();
  const { result } = checks.state();
  return lab.ask("receipt", {
    rows: current?.rows ?? [],
    validation: current?.evaluations.at(-1)?.values,
    checked: result && { adapter: result.adapter, summary: result.summary },
  });
}
