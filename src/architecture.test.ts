import { readdirSync, readFileSync } from "node:fs";
import path, { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** A file imports only from its own layer and from those before it; ARCHITECTURE.md says why each is where it is. */
const layers = [
  "engine/errors.ts",
  "engine/field.ts",
  "engine/report.ts",
  "engine/version.ts",
  "engine/random",
  "engine/kernels",
  "engine/device",
  "engine/ops",
  "engine/linalg",
  "engine/checkpoint",
  "engine/methods",
  "engine/model",
  "engine/onnx",
  "engine/tasks",
  "engine/trust",
  "engine/tuning",
  "engine/settings",
  "engine/data",
  "engine/run",
  "engine/problems",
  "engine/export",
  "engine/bench",
  "worker",
  "app",
];

const source = path.dirname(fileURLToPath(import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"))
  .map((file) => file.split(path.sep).join("/"));
const product = files.filter((file) => !/\.test\.tsx?$/.test(file) && !file.startsWith("engine/testing/"));

const layerOf = (file: string) => layers.findIndex((layer) => file === layer || file.startsWith(`${layer}/`));
const importsOf = (file: string) =>
  [...readFileSync(path.join(source, file), "utf8").matchAll(/(?:from|import\(|new URL\()\s*"(\.[^"]+)"/g)].map(
    ([, to]) => to!,
  );

describe("layers", () => {
  test.each(product)("%s imports downwards only", (file) => {
    const own = layerOf(file);
    expect(own, "the file lies in no layer").toBeGreaterThanOrEqual(0);
    for (const to of importsOf(file)) {
      const target = posix.join(posix.dirname(file), to);
      if (/^\.\.\/(shaders|assembly)\//.test(target) || target === "../package.json") continue;
      expect(layerOf(target), `${file} → ${target}`).toBeGreaterThanOrEqual(0);
      expect(layerOf(target), `${file} → ${target}`).toBeLessThanOrEqual(own);
    }
  });

  test("the engine knows neither the page nor the framework", () => {
    for (const file of product.filter((each) => each.startsWith("engine/"))) {
      const text = readFileSync(path.join(source, file), "utf8");
      expect(text, file).not.toMatch(/from "(react|zustand|recharts)|\b(document|window|navigator)\.\w/);
    }
  });

  test("what the engine says holds on the page and at a command line", () => {
    for (const file of product.filter((each) => each.startsWith("engine/"))) {
      const text = readFileSync(path.join(source, file), "utf8");
      expect(text, file).not.toMatch(/["`.] ?(Press|Reload|Reset) |this page|chrome:\/\/|under (Task|Model)\b/);
    }
  });
});

test("the development server knows beforehand what only the worker imports, and does not reload under a run", () => {
  const config = readFileSync(path.join(source, "../vite.config.ts"), "utf8");
  const bare = /^(?:import|export) (?!type )[^;]*?from "([@a-z][^"]*)"|(?<!typeof )import\("([@a-z][^"]*)"\)/gm;
  const imported = product
    .filter((file) => /^(engine|worker)\//.test(file))
    .flatMap((file) =>
      [...readFileSync(path.join(source, file), "utf8").matchAll(bare)].map(([, from, later]) => from ?? later!),
    );
  expect(new Set(imported).size).toBeGreaterThan(3);
  for (const name of new Set(imported)) expect(config, name).toContain(`"${name}"`);
});

test("no file comes to import itself", () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    expect(path, "a cycle of imports").not.toContain(file);
    if (done.has(file)) return;
    for (const to of importsOf(file)) {
      const target = posix.join(posix.dirname(file), to);
      if (product.includes(target)) visit(target, [...path, file]);
    }
    done.add(file);
  };
  for (const file of product) visit(file, []);
});

test("every file has one subject and fits on a few screens", () => {
  const root = path.join(source, "..");
  const written = ["src", "tools", "bench", "e2e", "shaders", "assembly"].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(tsx?|mjs|py|wgsl|css)$/.test(file) && !file.includes("node_modules"))
      .map((file) => path.join(folder, file)),
  );
  for (const file of written) {
    const lines = readFileSync(path.join(root, file), "utf8").trimEnd().split("\n");
    expect(lines.length, file).toBeLessThanOrEqual(320);
  }
});
