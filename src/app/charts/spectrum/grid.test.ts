import { expect, test } from "vitest";
import { modelShapes } from "../../../engine/model/modelShapes.ts";
import { layerTable } from "./grid.ts";

test.each(Object.entries(modelShapes))("every layer of %s has a place of its own", (_, { layers }) => {
  const ids = [...layers.keys()];
  const { blocks, kinds, at } = layerTable(ids);
  const found = blocks.flatMap((block) => kinds.flatMap((kind) => at(block, kind) ?? []));
  expect(found.sort((a, b) => a - b)).toEqual(ids.map((__, layer) => layer));
});

test("blocks are rows, kinds of matrix columns", () => {
  const { blocks, kinds, at } = layerTable([
    "encoder.0.query",
    "encoder.0.up",
    "decoder.0.query",
    "decoder.0.cross.key",
  ]);
  expect(blocks).toEqual(["encoder.0", "decoder.0"]);
  expect(kinds).toEqual(["query", "up", "cross.key"]);
  expect(at("decoder.0", "up")).toBeUndefined();
  expect(at("decoder.0", "cross.key")).toBe(3);
});
