import { availableParallelism } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entriesOf, indexOf, type MethodFamily, methodFamilies, withoutFile } from "./engine/testing/methodFamilies.ts";
import { TreeCopy } from "./engine/testing/treeCopy.ts";

// A method is one file and one line: without them, and with nothing else changed, the rest of the project still compiles.

/** Everything but tests; the worker's own file, which names no method, has other libraries. */
const product = {
  include: ["src", "tools"],
  exclude: ["src/**/*.test.ts", "src/worker/trainer.worker.ts"],
};

/** Where a method is preferred to others, beside the `roles.ts` of families: whoever takes it away names another one there. */
const DEFAULTS = "src/engine/methods/defaults.ts";

/** What is about certain methods by its nature, and goes with them. */
const about = [
  // The gallery shows runs that somebody chose.
  "src/app/state/presets.ts",
  // The bench times the updates that its peers have too.
  "src/engine/bench/transformer.ts",
  // Checks against PyTorch run case by case, and the table of results follows a plan.
  "tools/check/peft_roundtrip.ts",
  "tools/check/python_script.ts",
  "tools/table/plan.ts",
  "tools/table/check.ts",
  "tools/table/league.ts",
];

/** What the page, its worker and headless do: there is no project without it. */
const core = ["fine-tuning"];

/** Methods that are made of another one, and go with it: ranks are those of the singular values. */
const builtOn: Readonly<Record<string, readonly string[]>> = { spectrum: ["ranks"] };

const trees: TreeCopy[] = [];
/** What the last check in each tree waits for. */
const turns: Promise<unknown>[] = [];

beforeAll(() => {
  for (let at = 0; at < Math.min(4, availableParallelism()); at++) trees.push(new TreeCopy());
}, 60_000);

afterAll(() => {
  for (const tree of trees) tree.destroy();
}, 60_000);

/** Files that do not compile any more in a changed copy, with what is said of them. */
async function complaintsAfter(change: (tree: TreeCopy) => void): Promise<readonly (readonly string[])[]> {
  const at = checks++ % trees.length;
  const check = async () => {
    const tree = trees[at]!;
    try {
      change(tree);
      const { succeeded, output } = await tree.types(product);
      const complaints = [...output.matchAll(/^([^\s(]+)\(\d+,\d+\): (.*)$/gm)];
      if (succeeded !== (complaints.length === 0)) throw new Error(`types were not checked: ${output}`);
      return complaints.map(([, file, said]) => [file!, said!] as const);
    } finally {
      tree.restore();
    }
  };
  const turn = Promise.resolve(turns[at]).then(check);
  turns[at] = turn.catch(() => {});
  return turn;
}
let checks = 0;

test("the copy compiles as it is", async () => {
  expect(await complaintsAfter(() => {})).toEqual([]);
});

const needed = new Set<string>();

describe.each(methodFamilies)("without one of $table", (family) => {
  const removable = Object.keys(family.entries).filter((name) => !core.includes(name));

  test.concurrent.each(removable)("%s", async (name) => {
    const complaints = await complaintsAfter((tree) => remove(tree, family, name));
    for (const [file] of complaints) needed.add(file!);
    expect(complaints.filter(([file]) => !about.includes(file!))).toEqual([]);
  });
});

test("nothing is excused that needs no excuse", () => {
  expect(about.filter((file) => !needed.has(file))).toEqual([]);
});

/** Takes a method out, with those built on it. */
function remove(tree: TreeCopy, family: MethodFamily, name: string): void {
  const entries = entriesOf(family, tree.read(indexOf(family)));
  const gone = [name, ...(builtOn[name] ?? [])];
  const files = entries.filter((entry) => gone.includes(entry.name)).map(({ file }) => file);
  chooseOthers(tree, family, files);
  for (const entry of entries.filter(({ file }) => files.includes(file))) {
    tree.write(indexOf(family), withoutFile(tree.read(indexOf(family)), entry));
    // Statements in other languages and tests of this method alone lie beside it under its name.
    const [stem] = path.posix.basename(entry.file).split(".");
    for (const file of tree.list(family.folder))
      if (file.split(".")[0] === stem) tree.remove(`${family.folder}/${file}`);
  }
}

/** Names others where what is in files was preferred. */
function chooseOthers(tree: TreeCopy, { folder }: MethodFamily, files: readonly string[]): void {
  const all = methodFamilies
    .filter((table) => table.folder === folder)
    .flatMap((table) => entriesOf(table, tree.read(indexOf(table))).map((entry) => ({ ...table, ...entry })));
  const kindOf = ({ entries, name }: (typeof all)[number]) => (entries[name] as { readonly kind?: string }).kind;
  const remaining = all.filter(({ file }) => !files.includes(file));
  for (const entry of all.filter(({ file }) => files.includes(file))) {
    const { setting, table, name, exported, file } = entry;
    const named = remaining.find((each) => each.table === table);
    if (setting && named) {
      const [from, to] = [name, named.name].map((each) => `${setting}: "${each}"`) as [string, string];
      tree.write(DEFAULTS, tree.read(DEFAULTS).replace(from, to));
    }
    const alike = remaining.find((each) => kindOf(each) === kindOf(entry));
    if (alike && tree.list(folder).includes("roles.ts")) {
      const [from, to] = [file, alike.file].map((each) => `from "./${path.posix.basename(each)}"`) as [string, string];
      const roles = `${folder}/roles.ts`;
      const given = tree
        .read(roles)
        .replace(new RegExp(`\\{ ${exported} as (\\w+) \\} ${from}`), `{ ${alike.exported} as $1 } ${to}`);
      tree.write(roles, given);
    }
  }
}
