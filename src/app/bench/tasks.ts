import { deviceTask } from "../state/deviceTask.ts";

/** Products, training steps and spectra, timed on the device of this tab. */
export const bench = deviceTask("benchDevice");

/** The kernels of a training step. */
export const profiling = deviceTask("profileStep");
