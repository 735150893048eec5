import type { Sources } from "../data/sources.ts";
import type { BoundDispatch, Device, Program } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";
import { runsOfSample, timeProgram } from "../device/timing.ts";
import { matmul } from "../ops/matmul.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, writeTensor } from "../ops/tensor.ts";
import { RecordingScope } from "./recording.ts";
import { prepareRun } from "./run.ts";
import { Training } from "./training.ts";
import { centred } from "./workload/numbers.ts";

/** What one kernel takes of a step. */
export interface KernelShare {
  readonly kernel: string;
  /** Of products: sizes, and which operands lie transposed. */
  readonly shape: string;
  readonly dispatches: number;
  readonly ms: number;
  /** Floating-point operations of all its dispatches; 0 where they are not what counts. */
  readonly flop: number;
  /** What all its dispatches have bound: each byte read or written once. */
  readonly bytes: number;
}

/** What the device reaches with these kernels where nothing else is in the way, or in the step itself where that is more. */
export interface Ceilings {
  /** Billions of floating-point operations a second, by the largest product that is quick enough. */
  readonly gflops: number;
  /** Billions of bytes a second, read and written, by a copy. */
  readonly gbps: number;
}

export interface Profile {
  readonly what: string;
  readonly shares: readonly KernelShare[];
  readonly ceilings: Ceilings;
}

/** Steps that can be looked into: the networks of `workload/network.ts`, and runs of the bundled models. */
export const profiledSteps = ["tiny2", "deep3", "pd-bert", "pd-gpt"] as const;

export type ProfiledStep = (typeof profiledSteps)[number];

/** The settings of a bundled model's run, beside those of every run that is measured. */
export const bundledRuns = {
  "pd-bert": {},
  "pd-gpt": { model: "pd-gpt", task: "kjv" },
} as const;

const SAMPLES = 3;

/**
 * Where a step's time goes: all dispatches of one kernel and shape, run by themselves, the least of three samples. The
 * sum leaves out what lies between different kernels.
 *
 * @param options.report says which kernel is measured, and how many of all have been.
 * @throws AbortError once `signal` is aborted.
 */
export async function profile(
  device: Device,
  what: ProfiledStep,
  sources: Sources,
  options: { readonly signal?: AbortSignal; readonly report?: (doing: string, fraction: number) => void } = {},
): Promise<Profile> {
  const { signal, report = () => {} } = options;
  const scope = new RecordingScope(device);
  try {
    report(`Getting ${what} ready`, 0);
    if (what === "tiny2" || what === "deep3") await (await Training.prepare(scope, what)).take(1);
    else await (await prepareRun(scope, sources, bundledRuns[what])).time(1);
    const groups = new Map<string, BoundDispatch[]>();
    for (const dispatch of scope.dispatchesOf("step of ")) {
      const key = `${dispatch.kernel.name}|${shapeOf(dispatch)}`;
      groups.set(key, [...(groups.get(key) ?? []), dispatch]);
    }
    const shares: KernelShare[] = [];
    for (const [key, dispatches] of groups) {
      signal?.throwIfAborted();
      const [kernel, shape] = key.split("|") as [string, string];
      report([kernel, shape].join(" ").trim(), shares.length / groups.size);
      shares.push({
        kernel,
        shape,
        dispatches: dispatches.length,
        ms: await fastest(scope, key, dispatches),
        flop: dispatches.reduce((sum, each) => sum + flopOf(each), 0),
        bytes: dispatches.reduce((sum, each) => sum + bytesOf(each), 0),
      });
    }
    report("The device's ceilings", 1);
    return { what, shares: shares.sort((a, b) => b.ms - a.ms), ceilings: atLeast(await ceilingsOf(device), shares) };
  } finally {
    scope.destroy();
  }
}

/** How fast a large copy and a large product are. */
async function ceilingsOf(device: Device): Promise<Ceilings> {
  const scope = new DeviceScope(device);
  try {
    // A software GPU does in a second what a card does in a millisecond.
    const isCard = device.kind === "hardware";
    const size = isCard ? 2048 : 512;
    const [a, b] = [persistent(scope, "a", [size, size]), persistent(scope, "b", [size, size])];
    for (const [tensor, seed] of [
      [a, 1],
      [b, 2],
    ] as const)
      writeTensor(scope, tensor, centred(seed, size * size));
    const products = new Tape(scope);
    products.keep(matmul(products, a, b));
    const length = isCard ? 2 ** 24 : 2 ** 20;
    const [from, to] = [persistent(scope, "from", [length]), persistent(scope, "to", [length])];
    const copies = new Tape(scope);
    copies.copy(from, to);
    const best = async (tape: Tape, label: string) => leastMs(scope, await tape.compile(label));
    return {
      gflops: (2 * size ** 3) / (await best(products, "largest product")) / 1e6,
      gbps: (8 * length) / (await best(copies, "largest copy")) / 1e6,
    };
  } finally {
    scope.destroy();
  }
}

/** Ceilings no lower than what was reached: where data stay in a cache, kernels are faster than a copy that does not fit. */
export function atLeast({ gflops, gbps }: Ceilings, shares: readonly KernelShare[]): Ceilings {
  const reached = shares.map((share) => speedsOf(share));
  return {
    gflops: Math.max(gflops, ...reached.map((each) => each.gflops)),
    gbps: Math.max(gbps, ...reached.map((each) => each.gbps)),
  };
}

/** Billions of operations and of bytes a second. */
export function speedsOf({ flop, bytes, ms }: KernelShare): Ceilings {
  return { gflops: flop / ms / 1e6, gbps: bytes / ms / 1e6 };
}

async function fastest(device: Device, label: string, dispatches: readonly BoundDispatch[]): Promise<number> {
  const program = await device.compile(`only ${label}`, dispatches);
  const ms = await leastMs(device, program);
  program.destroy();
  return ms;
}

/** Milliseconds of one run, the least of the samples; each is of so many that waiting for the device weighs nothing. */
async function leastMs(device: Device, program: Program): Promise<number> {
  await timeProgram(device, program, 1);
  const runs = await runsOfSample(device, program);
  const times: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) times.push(await timeProgram(device, program, runs));
  return Math.min(...times);
}

function shapeOf({ kernel, params: p }: BoundDispatch): string {
  if (!isProduct(kernel)) return "";
  const a = p.aCol === 1 ? "A" : "Aᵀ";
  const b = p.bCol === 1 ? "B" : "Bᵀ";
  const update = p.rank ? ` + rank ${p.rank}` : "";
  return `${p.batch! > 1 ? `${p.batch}×` : ""}[${p.rows}×${p.inner}×${p.cols}] ${a}·${b}${update}`;
}

/** Whether a kernel is a product, whatever it does with its sums. */
function isProduct({ name }: BoundDispatch["kernel"]): boolean {
  return name.startsWith("matmul");
}

function flopOf({ kernel, params: p }: BoundDispatch): number {
  return isProduct(kernel) ? 2 * p.batch! * p.rows! * (p.inner! + p.rank!) * p.cols! : 0;
}

function bytesOf({ tensors }: BoundDispatch): number {
  return Object.values(tensors).reduce((sum, { length }) => sum + 4 * length, 0);
}
