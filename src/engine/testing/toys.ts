import { readFileSync } from "node:fs";
import path from "node:path";
import { entriesOf, indexOf, methodFamilies, withEntry } from "./methodFamilies.ts";
import type { TreeCopy } from "./treeCopy.ts";

/** A small method that is right, and what adding it to the project is looked at by. */
export interface Toy {
  readonly family: string;
  /** Beside this one, in `toys/`; what it exports is called as it is. */
  readonly file: string;
  /** In the table of its family. */
  readonly name: string;
  /** Settings that choose it, its own among them; none where the form has no choice of its family. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Tests over the table of its family. */
  readonly contracts: readonly string[];
}

export const toys: readonly Toy[] = [
  {
    ...{ family: "adapter", file: "rankOne", name: "toy-rank-one" },
    settings: { method: "toy-rank-one", toyScale: 3 },
    contracts: [
      "src/engine/methods/adapters/adapters.test.ts",
      "src/engine/run/adapters.test.ts",
      "src/engine/export/python/index.test.ts",
      "src/engine/export/inPeft.test.ts",
    ],
  },
  {
    ...{ family: "initialiser", file: "rademacher", name: "toy-coins" },
    settings: { method: "lora", loraStart: "toy-coins", toyStartScale: 2 },
    contracts: ["src/engine/methods/initialisers/contract.test.ts"],
  },
  {
    ...{ family: "optimizer", file: "signum", name: "toy-signum" },
    settings: { optimizer: "toy-signum", toySlope: 10 },
    contracts: [
      "src/engine/methods/optimizers/contract.test.ts",
      "src/engine/run/optimizerRuns.test.ts",
      "src/engine/export/python/index.test.ts",
    ],
  },
  {
    ...{ family: "projector", file: "leading", name: "toy-leading" },
    settings: { method: "full", optimizer: "galore", projector: "toy-leading" },
    contracts: [
      "src/engine/methods/optimizers/projectors/contract.test.ts",
      "src/engine/methods/optimizers/contract.test.ts",
    ],
  },
  {
    ...{ family: "rank schedule", file: "merging", name: "toy-merging" },
    settings: { method: "lora", rankSchedule: "toy-merging", toyMergeEvery: 2 },
    contracts: ["src/engine/methods/ranks/contract.test.ts", "src/engine/export/python/index.test.ts"],
  },
  {
    ...{ family: "diagnostic", file: "energy", name: "toy-energy" },
    settings: { toyEnergy: "on" },
    contracts: ["src/engine/methods/diagnostics/contract.test.ts"],
  },
  {
    ...{ family: "problem", file: "quadratic", name: "toy-quadratic" },
    settings: {},
    contracts: ["src/engine/problems/contract.test.ts"],
  },
];

const folder = "src/engine/testing/toys";

/** Adds a toy to a copy of the project: one file, and in the index of its family one import and one line. */
export function addToy(tree: TreeCopy, { family, file, name }: Toy): void {
  const own = methodFamilies.find((each) => each.family === family)!;
  const place = `${own.folder}/${file}.ts`;
  const text = readFileSync(path.join(import.meta.dirname, "toys", `${file}.ts`), "utf8");
  const moved = text.replace(/from "(\.[^"]+)"/g, (_, to) => {
    const relative = path.posix.relative(own.folder, path.posix.join(folder, to));
    return `from "${relative.startsWith(".") ? relative : `./${relative}`}"`;
  });
  tree.write(place, moved);
  const index = tree.read(indexOf(own));
  tree.write(indexOf(own), withEntry(index, own.table, { name, exported: file, file: place }));
  if (!entriesOf(own, tree.read(indexOf(own))).some((entry) => entry.file === place))
    throw new Error(`${indexOf(own)} does not name ${file}`);
}
