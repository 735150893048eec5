// PyTorch on the processor, in a process of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  initialWeights,
  makeBatches,
  type NamedTensors,
  type NetworkName,
  networks,
} from "../../../src/engine/bench/workload/network.ts";

const script = fileURLToPath(new URL("step.py", import.meta.url));

/** Steps of the network in PyTorch. */
export interface Torch {
  readonly version: string;
  /** Starts anew. */
  prepare(network: NetworkName): Promise<void>;
  /** Milliseconds of a step, on the wall and of the processor, and the losses. */
  step(steps: number): Promise<{ readonly ms: number; readonly cpuMs: number; readonly losses: readonly number[] }>;
  close(): void;
}

/**
 * @param python a Python that has torch, such as `python3` or a path.
 * @throws an Error that says why it cannot be used: the last line that it wrote.
 */
export async function openTorch(python: string, threads: number): Promise<Torch> {
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "pipe"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const ended = new Promise<never>((_, reject) => {
    child.on("error", (error) => reject(new Error(`${python}: ${error.message}`)));
    child.on("close", () => reject(new Error(`${python}: ${said.trim().split("\n").at(-1) || "it ended"}`)));
  });
  // Nobody may be waiting when it ends.
  ended.catch(() => {});
  child.stdin.on("error", () => {});
  const folder = mkdtempSync(path.join(tmpdir(), "rankscope-torch-"));
  const ask = async <T>(request: object): Promise<T> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await Promise.race([answers.next(), ended]);
    return done ? ended : JSON.parse(value);
  };
  const close = () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { version } = await ask<{ version: string }>({ open: threads });
    return {
      version,
      close,
      async prepare(network) {
        const tensors = path.join(folder, network);
        await ask({ network: writeNetwork(network, tensors), tensors });
      },
      step: (steps) => ask({ steps }),
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Writes all tensors one after the other. @returns where each is, with what else a run needs. */
function writeNetwork(name: NetworkName, file: string): object {
  const config = networks[name];
  const parts: Float32Array[] = [];
  let length = 0;
  const placed = (tensors: NamedTensors) =>
    Object.fromEntries(
      Object.entries(tensors).map(([key, { shape, values }]) => {
        const at = length;
        parts.push(values);
        length += values.length;
        return [key, [shape, at]];
      }),
    );
  const { frozen, factors } = initialWeights(config);
  const header = { config, frozen: placed(frozen), factors: placed(factors), batches: batchesOf(name) };
  const flat = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    flat.set(part, at);
    at += part.length;
  }
  writeFileSync(file, flat);
  return header;
}

const batchesOf = (name: NetworkName) =>
  makeBatches(networks[name]).map(({ ids, targets }) => ({ ids: [...ids], targets: [...targets] }));
