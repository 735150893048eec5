import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../checkpoint/config.ts";
import { bundled, fixtures, loadFixture } from "../testing/models.ts";
import { transformerOf } from "./loadModel.ts";
import { modelShapes } from "./modelShapes.ts";
import { type ModelSummary, pickedLayers, summaryOf } from "./modelSummary.ts";
import { layerSets, selectLayers } from "./targets.ts";

const { transformer: bert } = await loadFixture("nano-bert");
const { transformer: gpt2 } = await loadFixture("nano-gpt2");
const sentenceEncoder = transformerOf(
  {
    family: "use-lite",
    vocabularySize: 5,
    width: 8,
    embeddingWidth: 4,
    blocks: 2,
    heads: 2,
    innerWidth: 6,
    maxLength: 4,
    activation: "relu",
    epsilon: 1e-6,
  },
  new Set(),
);
const ids = (layers: readonly { id: string }[]) => layers.map(({ id }) => id);

describe("selecting layers", () => {
  test("query-value takes the joint matrix where there is one", () => {
    expect(ids(selectLayers(bert, "query-value"))).toEqual(["0.query", "0.value", "1.query", "1.value"]);
    expect(ids(selectLayers(gpt2, "query-value"))).toEqual(["0.qkv", "1.qkv"]);
  });

  test("attention-mlp takes everything inside the blocks", () => {
    expect(ids(selectLayers(gpt2, "attention-mlp"))).toEqual([
      "0.qkv",
      "0.output",
      "0.up",
      "0.down",
      "1.qkv",
      "1.output",
      "1.up",
      "1.down",
    ]);
    expect(ids(selectLayers(sentenceEncoder, "attention-mlp"))).not.toContain("0.residual");
  });

  test("all-dense adds what else lies on the way to the output", () => {
    expect(ids(selectLayers(sentenceEncoder, "all-dense"))).toEqual([
      ...["0.qkv", "0.output", "0.residual", "0.up", "0.down", "1.qkv", "1.output", "1.up", "1.down", "pooler"],
    ]);
    expect(ids(selectLayers(bert, "all-dense", "sentence"))).not.toContain("pooler");
    expect(ids(selectLayers(bert, "all-dense", "pooled"))).toContain("pooler");
  });

  test("a list names layers and whole blocks, in any order", () => {
    expect(ids(selectLayers(bert, " 1.value, 0.query "))).toEqual(["0.query", "1.value"]);
    expect(ids(selectLayers(gpt2, "1"))).toEqual(["1.qkv", "1.output", "1.up", "1.down"]);
    expect(ids(selectLayers(sentenceEncoder, "pooler"))).toEqual(["pooler"]);
  });

  test("unknown names are listed, with all that there is", () => {
    expect(() => selectLayers(gpt2, "0.query,1.up,7")).toThrow(
      expect.objectContaining({
        name: "ConfigError",
        message: "the model has no layer 0.query, 7 on the way to its output",
        hint: expect.stringContaining("0.qkv, 0.output, 0.up, 0.down, 1.qkv"),
      }),
    );
    expect(() => selectLayers(bert, "pooler", "sentence")).toThrow("no layer pooler on the way");
    expect(() => selectLayers(bert, " , ")).toThrow("no layers are named");
  });
});

test("a task that predicts no tokens leaves an encoder–decoder's decoder out of every set", () => {
  const transformer = transformerOf(
    parseConfig(readFileSync(path.join(fixtures, "parity/t5-gated/config.json"), "utf8")),
    new Set(),
  );
  const known = summaryOf(transformer);
  for (const set of [...layerSets.keys(), "0"]) {
    for (const output of ["sentence", "logits"] as const)
      expect([...pickedLayers(known, set, output === "logits")]).toEqual(ids(selectLayers(transformer, set, output)));
  }
  expect(pickedLayers(known, "attention-mlp", false).size).toBeLessThan(pickedLayers(known, "attention-mlp").size);
});

describe("what is known of bundled models before they are loaded", () => {
  test.each(Object.entries<ModelSummary>(modelShapes))("is so of %s", (name, known) => {
    const config = parseConfig(readFileSync(path.join(bundled, name, "config.json"), "utf8"));
    const transformer = transformerOf(config, new Set(known.packsPairs ? ["pooler.dense.weight"] : []));
    expect(known).toEqual(summaryOf(transformer));
    for (const set of layerSets.keys()) {
      expect([...pickedLayers(known, set)]).toEqual(ids(selectLayers(transformer, set)));
    }
    const second = [...known.layers.keys()].filter((id) => id.startsWith("1."));
    expect([...pickedLayers(known, "1,0.up")]).toEqual(["0.up", ...second]);
    expect(pickedLayers(known, "9.up").size).toBe(0);
  });
});
