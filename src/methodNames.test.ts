import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Field } from "./engine/field.ts";
import { adapters } from "./engine/methods/adapters/index.ts";
import { methods } from "./engine/methods/index.ts";
import { runFields } from "./engine/settings/config.ts";
import { entriesOf, indexOf, methodFamilies } from "./engine/testing/methodFamilies.ts";

// A method's name stands in its file, in its line of a table, and where somebody chooses it. Nothing else asks for it by name.

const root = path.resolve(import.meta.dirname, "..");

const files = ["src", "tools"].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => path.posix.join(folder, file.split(path.sep).join("/")))
    .filter((file) => /\.(tsx?|mjs|py)$/.test(file) && !/\.test\.tsx?$/.test(file)),
);
const texts = new Map(files.map((file) => [file, readFileSync(path.join(root, file), "utf8")]));

/** A line of TypeScript or Python that compares something with a name, or looks it up by it. */
function asking(name: string): RegExp {
  const quoted = `["'\`]${name}["'\`]`;
  const tables = ["methods", ...methodFamilies.map(({ table }) => table)].join("|");
  return new RegExp(
    [
      `[=!]==?\\s*${quoted}`,
      `${quoted}\\s*[=!]==?`,
      `\\bcase\\s+${quoted}`,
      `(?<!\\bfor \\w+ )\\bin\\s*[([{][^)\\]}]*${quoted}`,
      `\\[[^\\]]*${quoted}[^\\]]*\\]\\.includes`,
      `\\.(has|get|includes)\\(${quoted}`,
      `\\b(${tables})(\\.${name}\\b|\\[${quoted})`,
    ].join("|"),
  );
}

/** A line that compares a setting with a name; for names that are words of other settings too. */
function askingFor(setting: string, name: string): RegExp {
  return new RegExp(`\\b${setting}["'\\])]*\\s*([=!]==?|(not )?in\\b)[^=]*["'\`]${name}["'\`]`);
}

/** Whether another setting has a value of that name. */
function isWord(name: string, setting: string | undefined): boolean {
  return Object.entries<Field>(runFields).some(
    ([own, field]) => own !== setting && field.kind === "choice" && Object.hasOwn(field.options, name),
  );
}

function linesWith(pattern: RegExp, isLookedAt: (file: string) => boolean): string[] {
  return [...texts].flatMap(([file, text]) =>
    !isLookedAt(file)
      ? []
      : text.split("\n").flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
  );
}

describe.each(methodFamilies)("$table", (family) => {
  const index = indexOf(family);
  const { setting } = family;

  test.each(entriesOf(family, texts.get(index)!))("$name", ({ name, file }) => {
    const pattern = setting && isWord(name, setting) ? askingFor(setting, name) : asking(name);
    expect(linesWith(pattern, (each) => each !== file && each !== index)).toEqual([]);
  });
});

test.each(Object.keys(methods).filter((name) => !Object.hasOwn(adapters, name)))("%s", (name) => {
  // Tables of results are about what methods are compared with.
  expect(linesWith(askingFor("method", name), (file) => file.startsWith("src/"))).toEqual([]);
});

test("tables are read as they are", () => {
  for (const family of methodFamilies)
    expect(entriesOf(family, texts.get(indexOf(family))!).map(({ name }) => name)).toEqual(Object.keys(family.entries));
});

test("what asks for a name is found, and what chooses one is not", () => {
  const asks = [
    'if (config.method === "x-y") {',
    "return 'x-y' !== name;",
    '    case "x-y":',
    'if RUN.method not in ("lora", "x-y"):',
    'if (["lora", "x-y"].includes(method)) {',
    'measured.get("x-y")',
    'methods["x-y"].learningRate',
  ];
  const chooses = ['method: "x-y",', 'for start in ("pretrained", "x-y"):', 'import { xy } from "./x-y.ts";'];
  expect(asks.filter((line) => !asking("x-y").test(line))).toEqual([]);
  expect(chooses.filter((line) => asking("x-y").test(line))).toEqual([]);
  expect(asking("xy").test("methods.xy.learningRate")).toBe(true);
  expect(askingFor("method", "head").test('if RUN.method not in ("full", "head"):')).toBe(true);
  expect(askingFor("method", "head").test('method.trains === "head"')).toBe(false);
});
