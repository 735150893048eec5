// What is fuzzed: a file each in targets/, which says which modules it needs, how an input is made, and what must hold.
import { readdirSync } from "node:fs";
import { randomOf } from "./random.mjs";

const folder = new URL("targets/", import.meta.url);

/** All targets by name, or those that are named. */
export async function openTargets(wanted) {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".mjs"))
    .map((file) => file.slice(0, -4));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no target ${unknown.join(", ")}; there are ${names.join(", ")}`);
  const chosen = wanted.length > 0 ? wanted : names;
  return Promise.all(chosen.map(async (name) => ({ name, ...(await import(new URL(`${name}.mjs`, folder))).default })));
}

/** The input of a number: which target it is for, and its bytes. The same seed gives the same. */
export function inputOf(targets, seed, index) {
  const target = targets[index % targets.length];
  return { target, bytes: target.input(randomOf(seed, Math.floor(index / targets.length))) };
}
