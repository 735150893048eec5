import type { Device, Program } from "../device/device.ts";

/** Milliseconds of one run of a program: `runs` in one submission, and one wait. */
export async function timeProgram(device: Device, program: Program, runs: number): Promise<number> {
  await device.idle();
  const started = performance.now();
  void device.submit(Array<Program>(runs).fill(program));
  await device.idle();
  return (performance.now() - started) / runs;
}
