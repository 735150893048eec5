import type { Device, Program } from "./device.ts";

/** A sample lasts about so long, so that waiting for the device weighs nothing in it. */
const SAMPLE_MS = 20;
const MOST_RUNS = 50;

/** Milliseconds of one run of a program: `runs` in one submission, and one wait. */
export async function timeProgram(device: Device, program: Program, runs: number): Promise<number> {
  await device.idle();
  const started = performance.now();
  void device.submit(Array<Program>(runs).fill(program));
  await device.idle();
  return (performance.now() - started) / runs;
}

/** How many runs make a sample of a program that has run before. */
export async function runsOfSample(device: Device, program: Program): Promise<number> {
  const once = await timeProgram(device, program, 1);
  return Math.max(1, Math.min(MOST_RUNS, Math.ceil(SAMPLE_MS / once)));
}
