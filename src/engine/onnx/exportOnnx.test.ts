import path from "node:path";
import { describe, expect, test } from "vitest";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { wholeOf } from "../checkpoint/streamSafetensors.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { loadModel } from "../model/loadModel.ts";
import { bundled, fileBytes, filesIn, fixtures } from "../testing/models.ts";
import { checkOnnx } from "./checkOnnx.ts";
import { compareOutputs } from "./compare.ts";
import { exportOnnx, onnxGraph } from "./exportOnnx.ts";
import { weightFileOf } from "./graph.ts";
import { readModel } from "./model.ts";

const { config, tensors } = await loadModel(filesIn(path.join(fixtures, "nano-bert")));

describe("exporting ONNX", () => {
  test("weights stay in the safetensors file and the graph says where", async () => {
    const files = exportOnnx(config, tensors);
    const { graph } = readModel(files["model.onnx"], "model.onnx");
    const bytes = (await wholeOf(files["model.safetensors"])).buffer;
    const external = graph.initializers.filter(({ isExternal }) => isExternal);
    expect(external.map(({ name }) => name).sort()).toEqual([...tensors.keys()].sort());
    for (const [name, { offset, length, shape }] of weightFileOf(bytes).tensors) {
      expect([...new Float32Array(bytes.slice(offset, offset + length))]).toEqual([...tensors.get(name)!.values]);
      expect(external.find((tensor) => tensor.name === name)!.dims.map(Number)).toEqual(shape);
    }
    expect(files["model.onnx"].length).toBeLessThan(20_000);
  });

  test("a graph for a file with a prefix differs only in where it points", () => {
    const prefixed = new Map([...tensors].map(([name, tensor]) => [`bert.${name}`, tensor]));
    const graphOf = (graph: Uint8Array) => readModel(graph, "model.onnx").graph.nodes;
    const plain = graphOf(exportOnnx(config, tensors)["model.onnx"]);
    expect(graphOf(onnxGraph(config, weightFileOf(writeSafetensors(prefixed), { prefix: "bert." })))).toEqual(plain);
  });

  test("constants that the graph computes itself are not written", async () => {
    const t5 = await loadModel(filesIn(path.join(fixtures, "parity/t5")));
    const { "model.safetensors": written } = exportOnnx(t5.config, t5.tensors);
    const constants = t5.transformer.tensors.filter(({ constant }) => constant).map(({ name }) => name);
    expect(constants.length).toBe(2);
    expect(new SafetensorsFile((await wholeOf(written)).buffer).names.sort()).toEqual(
      [...t5.tensors.keys()].filter((name) => !constants.includes(name)).sort(),
    );
  });

  test("what cannot be pointed to is named", () => {
    const half = fileBytes(path.join(bundled, "pd-bert/model.safetensors"));
    expect(() => weightFileOf(half)).toThrow("holds F16, and a graph can only point to float32");
    const without = new Map([...tensors].filter(([name]) => !name.endsWith("1.output.dense.weight")));
    expect(() => exportOnnx(config, without)).toThrow("encoder.layer.1.output.dense.weight");
  });

  test("an export that is dropped here is refused with what to use instead", () => {
    const { buffer } = exportOnnx(config, tensors)["model.onnx"];
    expect(() => checkOnnx(buffer)).toThrow(
      expect.objectContaining({ code: "onnx-external-data", hint: expect.stringContaining("safetensors") }),
    );
  });
});

describe("comparing two forward passes", () => {
  const of = (...values: number[]) => ({ shape: [1, 2, values.length / 2], values: Float32Array.from(values) });

  test("the largest difference counts, over tokens alone", () => {
    const ours = of(1, 2.5, 30, 40);
    expect(compareOutputs(ours, of(1, 2, 3, 4), [1, 0])).toEqual({ maxDifference: 0.5, largest: 2, passes: false });
    expect(compareOutputs(ours, of(1, 2, 3, 4)).maxDifference).toBe(36);
  });

  test("the mark is a share of the largest value", () => {
    expect(compareOutputs(of(1000, 0.05), of(1000, 0)).passes).toBe(true);
    expect(compareOutputs(of(1, 0.05), of(1, 0)).passes).toBe(false);
  });

  test("what is no number does not pass, on either side", () => {
    expect(compareOutputs(of(Number.NaN, 1), of(1, 1)).passes).toBe(false);
    expect(compareOutputs(of(1, 1), of(1, Number.NaN)).passes).toBe(false);
  });

  test("outputs of different shapes are no matter of opinion", () => {
    expect(() => compareOutputs(of(1, 2), of(1, 2, 3, 4))).toThrow("[1,2,1] and [1,2,2]");
  });
});
