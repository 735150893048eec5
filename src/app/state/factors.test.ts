import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { methods } from "../../engine/methods/index.ts";
import { defaultConfig } from "../../engine/settings/config.ts";
import { equationOf, FACTORS, factorsInWords, productOf } from "./factors.ts";
import { baseline, presets } from "./presets.ts";

test.each([
  [1, "W₁"],
  [2, "W₂ W₁"],
  [3, "W₃ W₂ W₁"],
  [12, "W₁₂ ⋯ W₁"],
])("a product of %i factors is %s", (depth, product) => {
  expect(productOf(depth)).toBe(product);
});

test("the equation of a method of some depth has as many factors as the settings, no other one changes", () => {
  const deep = (Object.keys(methods) as (keyof typeof methods)[]).filter((method) => method.startsWith("deep-lora"));
  expect(deep.length).toBeGreaterThan(2);
  for (const method of deep)
    for (const depth of [2, 3, 6]) {
      const written = equationOf({ ...defaultConfig, method, depth });
      expect(written).toContain(productOf(depth));
      expect(written, "nothing is left of L").not.toContain("ʟ");
    }
  expect(equationOf({ ...defaultConfig, method: "lora" })).toBe(methods.lora.equation);
});

test("gallery and lab count the factors of Deep LoRA alike, and no text has a count of its own", () => {
  expect(equationOf(defaultConfig)).toContain(productOf(FACTORS));
  expect(presets.find(({ config }) => config.method === baseline)!.text).toContain(`instead of ${factorsInWords}`);
  for (const { config } of presets.filter(({ config }) => config.method !== baseline))
    expect(config.depth).toBe(FACTORS);
  const folder = path.resolve(import.meta.dirname, "../gallery");
  const texts = [
    path.join(import.meta.dirname, "presets.ts"),
    ...readdirSync(folder).map((name) => path.join(folder, name)),
  ];
  for (const file of texts)
    expect(readFileSync(file, "utf8"), file).not.toMatch(/W[₀-₉] ?W[₀-₉]|\b(three|four|five|\d) (or more )?factors/i);
});
