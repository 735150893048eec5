import { describe, expect, test } from "vitest";
import { matrixOf, type ParameterSpec } from "../methods/adapters/adapter.ts";
import { adapters } from "../methods/adapters/index.ts";
import { modelShapes } from "../model/modelShapes.ts";
import { defaultConfig, fieldNames, type RunConfig } from "./config.ts";
import { updateSizeOf } from "./parameterCount.ts";
import { applies, problemsOf } from "./problems.ts";

const problems = (change: Partial<RunConfig>) =>
  problemsOf({ ...defaultConfig, ...change }).map(({ field, problem }) => `${field}: ${problem}`);

describe("what is wrong with settings", () => {
  test("nothing is with the defaults, for any method", () => {
    expect(problems({})).toEqual([]);
    for (const method of Object.keys(adapters)) expect(problems({ method: method as RunConfig["method"] })).toEqual([]);
  });

  test.each<[Partial<RunConfig>, string]>([
    [{ rank: 0 }, 'rank: rank must be a whole number from 1 to 1024, not "0"'],
    [{ rank: 7 }, "rank: half of the compressed bases come from the gradient, so the rank must be even"],
    [
      { method: "lora", rank: 129 },
      "rank: rank 129 is more than layer 0.query [128 × 128] can have; choose at most 128, or leave that layer out",
    ],
    [
      { model: "use-lite", method: "lora", loraStart: "pissa", rank: 65 },
      "rank: PiSSA finds up to 64 directions, and rank 65 takes 65; choose a smaller rank or another start",
    ],
    [
      { method: "full", optimizer: "galore", projectionRank: 65 },
      'projectionRank: projectionRank must be a whole number from 1 to 64, not "65"',
    ],
    [
      { method: "vera", optimizer: "muon" },
      "optimizer: Muon updates matrices of layers, and none of these trains; choose AdamW",
    ],
    [{ accumulationSteps: 3 }, "accumulationSteps: a batch of 16 has no 3 equal parts; choose 2 or 4"],
    [{ batchSize: 2, accumulationSteps: 4 }, "accumulationSteps: a batch of 2 has no 4 equal parts; choose 2"],
    [{ batchSize: 257 }, 'batchSize: batchSize must be a whole number from 1 to 256, not "257"'],
    [{ maxTokens: 65 }, "maxTokens: pd-bert reads texts of up to 64 tokens, not 65"],
    [{ targets: "0.qkv" }, "targets: none of the layers named is in pd-bert"],
    [
      { targets: "" },
      'targets: targets must be query-value, attention-mlp, all-dense, or a list such as 0.query,3.value, not ""',
    ],
    [{ model: "hf:a/b@main" }, "model: b of a on Hugging Face (main) has yet to be opened in this tab"],
    [{ task: "kjv" }, "task: only models such as pd-gpt can write text; choose one, or another task"],
    [
      { method: "head", head: "frozen" },
      "method: with the head frozen or absent, head-only training would train nothing; choose another method",
    ],
  ])("%j", (change, problem) => expect(problems(change)).toEqual([problem]));

  const own = { task: "custom", data: "rows.csv~0123456789abcdef" } as const;

  test.each<[Partial<RunConfig>, string[]]>([
    [{}, []],
    [{ dataLabel: 0 }, ["dataLabel: choose the column of labels"]],
    [{ dataLabel: 1 }, ["dataLabel: this column is a text already"]],
    [{ dataSecond: 2 }, ["dataLabel: this column is a text already"]],
    [{ dataSecond: 1 }, ["dataSecond: this column is the first text already"]],
    [{ dataFormat: "lines" }, ["dataKind: running text has no columns, so it is for language modelling alone"]],
    [{ dataText: 257 }, ['dataText: dataText must be a whole number from 1 to 256, not "257"']],
    [
      { dataKind: "completion" },
      [
        "dataSecond: choose the column of completions",
        "task: only models such as pd-gpt can write text; choose one, or another task",
      ],
    ],
    [{ dataKind: "completion", dataSecond: 2, dataLabel: 2, model: "pd-gpt" }, []],
    [{ dataKind: "language-modelling", dataFormat: "lines", dataSecond: 1, dataLabel: 1, model: "pd-gpt" }, []],
  ])("of custom data, %j", (change, expected) => expect(problems({ ...own, ...change })).toEqual(expected));

  test("data that has yet to be opened is missed only by those who know what was", () => {
    const config = { ...defaultConfig, ...own };
    const told = (opened?: ReadonlySet<string>) =>
      problemsOf(config, modelShapes, opened).map(({ problem }) => problem);
    expect(told()).toEqual([]);
    expect(told(new Set([config.data]))).toEqual([]);
    expect(told(new Set())).toEqual(["rows.csv (SHA-256 01234567…) has yet to be opened in this tab and used"]);
    expect(problemsOf({ ...config, data: "none" }, modelShapes, new Set())[0]!.problem).toContain(
      "none has been chosen yet",
    );
  });

  test("settings about custom data mean something for nothing else", () => {
    const names = fieldNames.filter((name) => name.startsWith("data"));
    expect(names.length).toBe(13);
    expect(names.filter((name) => applies(name, defaultConfig))).toEqual([]);
    const meant = (change: Partial<RunConfig>) =>
      names.filter((name) => applies(name, { ...defaultConfig, ...own, ...change }));
    expect(meant({})).toEqual(names.filter((name) => name !== "dataDecimal"));
    expect(meant({ dataKind: "regression" })).toEqual(names);
    expect(meant({ dataFormat: "lines", dataKind: "language-modelling" })).toEqual([
      "data",
      "dataFormat",
      "dataKind",
      "dataValidation",
      "dataBad",
      "dataRules",
    ]);
  });

  test("a setting that means nothing beside the others stands in nobody's way", () => {
    expect(problems({ method: "head", targets: "" })).toEqual([]);
    expect(problems({ method: "lora", rank: 7, gamma: -1 })).toEqual([]);
  });
});

describe("the size of the updates before anything is loaded", () => {
  test.each(Object.keys(adapters) as (keyof typeof adapters)[])("is that of the factors of %s", (method) => {
    for (const model of ["pd-bert", "use-lite"] as const) {
      const config = { ...defaultConfig, model, method, depth: 4, targets: "attention-mlp" };
      let parameters = 0;
      let layers = 0;
      for (const [id, [outFeatures, inFeatures]] of modelShapes[model].layers) {
        if (id === "pooler" || id.endsWith("residual")) continue;
        layers++;
        const specs = Object.values<ParameterSpec>(adapters[method].parameters({ outFeatures, inFeatures }, config));
        for (const spec of specs) if (spec.rate !== "constant") parameters += matrixOf(spec)[0] * matrixOf(spec)[1];
      }
      expect(updateSizeOf(config)).toEqual({ layers, parameters });
    }
  });

  test("leaves out what is not trained, and says nothing where the network itself is", () => {
    expect(updateSizeOf({ ...defaultConfig, gamma: 0 })).toEqual({ layers: 24, parameters: 24 * 3 * 64 });
    expect(updateSizeOf({ ...defaultConfig, method: "full" })).toBeUndefined();
    expect(updateSizeOf({ ...defaultConfig, method: "head" })).toBeUndefined();
  });
});
