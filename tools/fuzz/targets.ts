// What is fuzzed: a file each in targets/, which says how an input is made, and what must hold.
import { CallError } from "../commandLine.ts";
import { randomOf } from "./random.ts";
import type { Target } from "./target.ts";

const all: Readonly<Record<string, () => Promise<{ readonly target: Target }>>> = {
  adapterConfig: () => import("./targets/adapterConfig.ts"),
  config: () => import("./targets/config.ts"),
  data: () => import("./targets/data.ts"),
  modules: () => import("./targets/modules.ts"),
  safetensors: () => import("./targets/safetensors.ts"),
  shardIndex: () => import("./targets/shardIndex.ts"),
  tokenizer: () => import("./targets/tokenizer.ts"),
  tokenizerFiles: () => import("./targets/tokenizerFiles.ts"),
};

export interface NamedTarget extends Target {
  readonly name: string;
}

/** All names of targets where none is wanted. @throws CallError. */
export function targetNames(wanted: readonly string[]): readonly string[] {
  const names = Object.keys(all);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new CallError(`no target ${unknown.join(", ")}; there are ${names.join(", ")}`);
  return wanted.length > 0 ? wanted : names;
}

/** Loads targets, with what of the engine they call. */
export function openTargets(names: readonly string[]): Promise<readonly NamedTarget[]> {
  return Promise.all(names.map(async (name) => ({ name, ...(await all[name]!()).target })));
}

/** The input of a number: which target it is for, and its bytes. The same seed gives the same. */
export function inputOf(targets: readonly NamedTarget[], seed: number, index: number) {
  const target = targets[index % targets.length]!;
  return { target, bytes: target.input(randomOf(seed, Math.floor(index / targets.length))) };
}
