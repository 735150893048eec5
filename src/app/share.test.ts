import { expect, test } from "vitest";
import { defaultConfig, type RunConfig } from "../engine/train/config.ts";
import { fromQuery, toQuery } from "./share.ts";

test("a link names what differs from the defaults, and nothing else", () => {
  expect(toQuery(defaultConfig)).toBe("v=1");
  const config: RunConfig = {
    ...defaultConfig,
    method: "lora",
    rank: 4,
    learningRate: 3e-4,
    targets: "0.query,3.value",
  };
  expect(toQuery(config)).toBe("v=1&method=lora&rank=4&targets=0.query,3.value&learningRate=0.0003");
  expect(fromQuery(toQuery(config))).toEqual({ kind: "run", config });
});

test("settings that mean nothing beside the others are left out", () => {
  expect(toQuery({ ...defaultConfig, method: "lora", depth: 4, gamma: 0.5 })).toBe("v=1&method=lora");
});

test.each([
  ["", "does not say which version"],
  ["v=two", 'version "two" is not a number'],
  ["v=2&rank=4", "of version 2; this page reads up to 1"],
  ["v=1&rnk=4", '"rnk" is no setting'],
  ["v=1&rank=0", "Rank r (rank) must be a whole number from 1 to 64"],
  ["v=1&rank=4.5", 'not "4.5"'],
  ["v=1&rank=4&rank=8", "there 2 times"],
  ["v=1&method=toString", "Method (method) must be one of"],
  ["v=1&__proto__=1", '"__proto__" is no setting'],
  ["v=1&task=kjv", "only models such as pd-gpt can write"],
  ["v=1&learningRate=1e-3%", "Learning rate"],
])("%s is damaged, and says so", (query, problem) => {
  const shared = fromQuery(query);
  expect(shared.kind).toBe("damaged");
  expect(shared.kind === "damaged" && shared.problems.join(" ")).toContain(problem);
});

test("what could be read of a damaged link is offered, the rest is the default", () => {
  const shared = fromQuery("v=1&rank=4&depth=99");
  expect(shared).toMatchObject({ kind: "damaged", readable: { ...defaultConfig, rank: 4 } });
});
