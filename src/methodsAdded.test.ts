import { readFileSync } from "node:fs";
import path from "node:path";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../package.json";
import { toQuery } from "./app/state/share.ts";
import { defaultConfig, type FieldName, type RunConfig } from "./engine/settings/config.ts";
import { writeExperiment } from "./engine/settings/experiment.ts";
import { EXPERIMENT_VERSION } from "./engine/settings/versions.ts";
import { methodFamilies } from "./engine/testing/methodFamilies.ts";
import { addToy, type Toy, toys } from "./engine/testing/toys.ts";
import { TreeCopy } from "./engine/testing/treeCopy.ts";

// A method is one file and one line: a small one of each family is added to a copy of the project so, and nothing else is.

/** Tests of settings, links, files and cards, whatever methods there are. */
const general = [
  "src/engine/settings/config.test.ts",
  "src/engine/settings/experiment.test.ts",
  "src/engine/data/settle.test.ts",
  "src/engine/export/card.test.ts",
  "src/app/state/share.test.ts",
];

let tree: TreeCopy;
let server: ViteDevServer;

beforeAll(async () => {
  tree = new TreeCopy();
  for (const toy of toys) addToy(tree, toy);
  const watchesNothing = { middlewareMode: true, hmr: false, ws: false, watch: null } as const;
  server = await createServer({ root: tree.root, server: watchesNothing, appType: "custom", logLevel: "error" });
}, 60_000);

afterAll(async () => {
  await server.close();
  tree.destroy();
}, 60_000);

/** A module of the copy. */
const load = (module: string) => server.ssrLoadModule(`/src/${module}`);
const loadConfig = () => load("engine/settings/config.ts") as Promise<typeof import("./engine/settings/config.ts")>;
const loadShare = () => load("app/state/share.ts") as Promise<typeof import("./app/state/share.ts")>;

test("every family has one", () => {
  expect(toys.map(({ family }) => family)).toEqual([...new Set(methodFamilies.map(({ family }) => family))]);
});

test("types fit, and the contracts of the families hold for them", async () => {
  const [types, own, others] = await Promise.all([
    tree.types(),
    testsOf([...new Set(toys.flatMap(({ contracts }) => contracts))], "-t", "toy-"),
    testsOf(general),
  ]);
  expect(types.output).toBe("");
  expect([...own.failed, ...others.failed]).toEqual([]);
  for (const { name, contracts } of toys) {
    for (const contract of contracts) {
      const passed = own.passed.filter(({ file, fullName }) => file === contract && fullName.includes(name));
      expect(passed.length, `${contract} looks at ${name}`).toBeGreaterThan(0);
    }
  }
  expect(others.passed.length).toBeGreaterThan(100);
});

/** What tests in the copy come to. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

async function testsOf(files: readonly string[], ...flags: readonly string[]) {
  const report = `${path.basename(files[0]!)}.json`;
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=json", `--outputFile=${report}`] as const;
  const { succeeded, output } = await tree.node(...vitest, ...flags, ...files);
  const { testResults } = JSON.parse(tree.read(report)) as Report;
  const all = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((each) => ({ ...each, file: path.relative(tree.root, name) })),
  );
  const failed = all.filter(({ status }) => status === "failed");
  const said = failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join()}`);
  return {
    passed: all.filter(({ status }) => status === "passed"),
    failed: succeeded || said.length > 0 ? said : [testResults.map(({ message }) => message).join("\n") + output],
  };
}

describe.each(toys.filter(({ settings }) => Object.keys(settings).length > 0))("$name", (toy) => {
  const chosen = { ...defaultConfig, ...toy.settings } as RunConfig;
  const names = Object.keys(toy.settings) as FieldName[];
  const own = names.filter((name) => !Object.hasOwn(defaultConfig, name));
  const choice = names.find((name) => chosen[name] === toy.name);

  test("is in the form, and its settings are where it is chosen", async () => {
    const { groups, mainFields } = (await load(
      "app/lab/setup/groups.ts",
    )) as typeof import("./app/lab/setup/groups.ts");
    const { applies } = (await load("engine/settings/problems.ts")) as typeof import("./engine/settings/problems.ts");
    const { defaultConfig: usual, runFields } = await loadConfig();
    const shown: FieldName[] = [...mainFields, ...groups.flatMap(({ fields, more = [] }) => [...fields, ...more])];
    for (const name of names) {
      expect(shown, name).toContain(name);
      expect(applies(name, { ...usual, ...chosen }), name).toBe(true);
    }
    if (!choice) return;
    expect((runFields[choice] as { options: object }).options).toHaveProperty(toy.name, await labelOf(toy));
    for (const name of own) expect(applies(name, usual), name).toBe(false);
    if (choice !== "method") return;
    const { methodGroups } = (await load(
      "app/lab/setup/methodChoices.ts",
    )) as typeof import("./app/lab/setup/methodChoices.ts");
    expect(methodGroups(usual, {}).flatMap(({ choices }) => choices.map(({ method }) => method))).toContain(toy.name);
  });

  test("is written to links and experiment files and read from them", async () => {
    const share = await loadShare();
    const files = (await load("engine/settings/experiment.ts")) as typeof import("./engine/settings/experiment.ts");
    const { defaultConfig: usual } = await loadConfig();
    const config = { ...usual, ...chosen };
    const link = share.toQuery(config);
    for (const name of names) expect(link).toContain(`&${name}=${config[name]}&`);
    expect(share.fromQuery(link)).toMatchObject({ kind: "run", config });
    expect(await files.readExperiment(await files.writeExperiment(config))).toMatchObject({ config });
    if (!choice) return;
    const refused = share.fromQuery(`v=${share.LINK_VERSION}&${choice}=nothing&c=hand`);
    expect(refused.kind === "damaged" && refused.problems.map(({ text }) => text).join()).toContain(toy.name);
  });

  test("is on the model card, with its settings", async () => {
    const { modelCard } = (await load("engine/export/modelCard.ts")) as typeof import("./engine/export/modelCard.ts");
    const shapes = (await load("engine/model/modelShapes.ts")) as typeof import("./engine/model/modelShapes.ts");
    const { defaultConfig: usual, runFields } = await loadConfig();
    const config = { ...usual, ...chosen };
    const base = { facts: shapes.modelShapes["pd-bert"], type: "bert", width: 128, parameters: 1, ownName: undefined };
    const summary = { layers: [], trainingExamples: 16, trainableParameters: 1 };
    const card = modelCard({ config, summary, base, step: 1, hasHead: true }, { kind: "onnx" });
    if (choice) expect(card).toContain(await labelOf(toy));
    for (const name of own) expect(card).toContain(`| ${runFields[name].label} | `);
  });
});

test("what was written before them is read as it was", async () => {
  const versions = (await load("engine/settings/versions.ts")) as typeof import("./engine/settings/versions.ts");
  const files = (await load("engine/settings/experiment.ts")) as typeof import("./engine/settings/experiment.ts");
  const { fromQuery } = await loadShare();
  const { defaultConfig: usual } = await loadConfig();
  const before = { rank: 4, weightDecay: 0.1 };
  expect(versions.EXPERIMENT_VERSION).toBeGreaterThan(EXPERIMENT_VERSION);
  const config = { ...usual, ...before };
  expect(fromQuery(toQuery({ ...defaultConfig, ...before }))).toMatchObject({ kind: "run", config });
  expect(await files.readExperiment(await writeExperiment({ ...defaultConfig, ...before }))).toMatchObject({ config });
});

test("a run without a browser trains with them, and leaves what they measured", async () => {
  const { toQuery: linkOf } = await loadShare();
  const { defaultConfig: usual } = await loadConfig();
  const together = toys.filter(({ family }) => ["adapter", "optimizer", "diagnostic"].includes(family));
  const small = { targets: "0.query", shots: "16", validationRows: 8, batchSize: 4, maxTokens: 16, steps: 2 };
  const config = Object.assign({}, usual, small, ...together.map(({ settings }) => settings)) as RunConfig;
  const [, script, ...before] = packageJson.scripts.headless.split(" ");
  const { succeeded, output } = await tree.node(script!, ...before, linkOf(config), "--cpu", "--out", "run");
  expect(succeeded, output).toBe(true);
  const lines = tree.read("run/metrics.jsonl").trim().split("\n");
  const measured = lines.map(
    (line) => JSON.parse(line)["toy-energy/encoder.layer.0.attention.self.query/squared norm"],
  );
  expect(measured.filter((value) => value > 0).length).toBeGreaterThan(0);
  const { unzipped } = (await load("engine/export/unzip.ts")) as typeof import("./engine/export/unzip.ts");
  const files = unzipped(Uint8Array.from(readFileSync(path.join(tree.root, "run/adapter.zip"))).buffer, "adapter.zip");
  const [, card] = [...files].find(([name]) => name.endsWith("README.md"))!;
  for (const { settings } of together)
    for (const value of Object.values(settings))
      if (typeof value === "number") expect(text(card)).toContain(`| ${value} |`);
});

const text = (bytes: ArrayBuffer) => new TextDecoder().decode(bytes);

async function labelOf({ family, file }: Toy): Promise<string> {
  const { folder } = methodFamilies.find((each) => each.family === family)!;
  return (await server.ssrLoadModule(`/${folder}/${file}.ts`))[file].label;
}
