import type { BoundDispatch, Device } from "../../src/engine/device/device.ts";
import { dispatchesOf, openDevice } from "./device.ts";
import type { Run } from "./run.ts";
import { timeProgram } from "./timed.ts";
import { Training } from "./training.ts";

/** What one kernel takes of a step. */
export interface KernelShare {
  readonly kernel: string;
  readonly shape: string;
  readonly dispatches: number;
  readonly ms: number;
  /** Floating-point operations of all its dispatches; 0 where they are not what counts. */
  readonly flop: number;
}

const SAMPLES = 3;

/**
 * Where a step's time goes: all dispatches of one kernel and shape, run by themselves. The sum leaves out what lies
 * between different kernels.
 */
export async function profile(what: string, prepare?: () => Promise<Run>): Promise<KernelShare[]> {
  const device = await openDevice();
  if (prepare) await (await prepare()).time(1);
  else await (await Training.prepare(device, what)).take(1);
  const groups = new Map<string, BoundDispatch[]>();
  for (const dispatch of dispatchesOf("step of ")) {
    const key = `${dispatch.kernel.name}|${shapeOf(dispatch)}`;
    groups.set(key, [...(groups.get(key) ?? []), dispatch]);
  }
  const shares: KernelShare[] = [];
  for (const [key, dispatches] of groups) {
    const [kernel, shape] = key.split("|") as [string, string];
    const flop = dispatches.reduce((sum, each) => sum + flopOf(each), 0);
    shares.push({ kernel, shape, dispatches: dispatches.length, ms: await fastest(device, key, dispatches), flop });
  }
  return shares.sort((a, b) => b.ms - a.ms);
}

async function fastest(device: Device, label: string, dispatches: readonly BoundDispatch[]): Promise<number> {
  const program = await device.compile(`only ${label}`, dispatches);
  await timeProgram(device, program, 1);
  const times: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) times.push(await timeProgram(device, program, 1));
  program.destroy();
  return Math.min(...times);
}

function shapeOf({ kernel, params: p }: BoundDispatch): string {
  if (kernel.name !== "matmul") return "";
  const a = p.aCol === 1 ? "A" : "Aᵀ";
  const b = p.bCol === 1 ? "B" : "Bᵀ";
  return `${p.batch! > 1 ? `${p.batch}×` : ""}[${p.rows}×${p.inner}×${p.cols}] ${a}·${b}`;
}

function flopOf({ kernel, params: p }: BoundDispatch): number {
  return kernel.name === "matmul" ? 2 * p.batch! * p.rows! * p.inner! * p.cols! : 0;
}
