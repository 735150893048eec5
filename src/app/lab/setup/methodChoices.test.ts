import { expect, test } from "vitest";
import { methods } from "../../../engine/methods/index.ts";
import { modelShapes } from "../../../engine/model/modelShapes.ts";
import { defaultConfig } from "../../../engine/settings/config.ts";
import { updateSizeOf } from "../../../engine/settings/parameterCount.ts";
import { short } from "../../format.ts";
import { matching, methodGroups } from "./methodChoices.ts";

const groups = methodGroups(defaultConfig, modelShapes);
const listed = (written: string) =>
  matching(groups, written).map(({ title, choices }) => [title, choices.map(({ label }) => label)]);

test("every method is listed once, under the heading that it names", () => {
  const names = groups.flatMap(({ choices }) => choices.map(({ method }) => method));
  expect(names.toSorted()).toEqual(Object.keys(methods).toSorted());
  for (const { title, choices } of groups) for (const { method } of choices) expect(methods[method].group).toBe(title);
  expect(new Set(groups.map(({ title }) => title)).size).toBe(groups.length);
});

test("what is written is looked for in names, headings, equations and authors, word by word", () => {
  expect(listed("")).toHaveLength(groups.length);
  expect(listed("DoRA")).toEqual([["LoRA family", ["DoRA"]]]);
  expect(listed("deep fact")).toEqual([
    ["Deep factors", ["Deep LoRA, compressed", "Deep LoRA, narrow", "Deep LoRA, full width"]],
  ]);
  expect(listed("kopiczko")).toEqual([["Vectors", ["VeRA"]]]);
  expect(listed("⊙")).toEqual([["LoRA family", ["HiRA"]]]);
  expect(listed("no such method")).toEqual([]);
});

test.each([2, 8, 64])("a choice costs what a run with it has in updates, at rank %i", (rank) => {
  for (const { choices } of methodGroups({ ...defaultConfig, rank }, modelShapes))
    for (const { method, cost } of choices) {
      if (methods[method].trains !== "updates") continue;
      const { parameters } = updateSizeOf({ ...defaultConfig, rank, method })!;
      expect(parameters).toBeGreaterThan(0);
      expect(cost, method).toBe(`${short(parameters)} parameters`);
    }
});

test("of a model that is not known yet nothing is said", () => {
  const [first] = methodGroups({ ...defaultConfig, model: "file:unknown~0" }, modelShapes);
  expect(first!.choices[0]!.cost).toBe("");
});
