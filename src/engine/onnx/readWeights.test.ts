import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { fileBytes } from "../testing/models.ts";
import { withOnnxWeights } from "./onnxFiles.ts";
import { MessageWriter } from "./protobuf.ts";
import { readOnnxWeights } from "./readWeights.ts";

/** A file of these nodes and initialisers with one output. */
function file(
  nodes: readonly { op: string; inputs: string[]; output: string; name?: string }[],
  weights: Readonly<Record<string, { dims: number[]; type?: number; values: ArrayLike<number> & ArrayBufferView }>>,
): ArrayBuffer {
  return new MessageWriter()
    .integer(1, 8)
    .message(8, (opset) => opset.integer(2, 17))
    .message(7, (graph) => {
      for (const { op, inputs, output, name = "" } of nodes) {
        graph.message(1, (node) => {
          for (const input of inputs) node.text(1, input);
          node.text(2, output).text(3, name).text(4, op);
        });
      }
      for (const [name, { dims, type = 1, values }] of Object.entries(weights)) {
        const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        graph.message(5, (tensor) => tensor.integers(1, dims).integer(2, type).text(8, name).bytes(9, raw));
      }
      graph.message(11, (x) => x.text(1, "x")).message(12, (y) => y.text(1, "y"));
    })
    .finish().buffer;
}

const matrix = { dims: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
const turned = { shape: [3, 2], values: Float32Array.of(1, 4, 2, 5, 3, 6) };

describe("weights of an ONNX file", () => {
  test("a nameless matrix takes the name of the bias that follows and is turned back", () => {
    const nodes = [
      { op: "MatMul", inputs: ["x", "onnx::MatMul_7"], output: "p" },
      { op: "Add", inputs: ["a.query.bias", "p"], output: "y" },
    ];
    const bias = { dims: [3], values: Float32Array.of(7, 8, 9) };
    const read = readOnnxWeights(file(nodes, { "onnx::MatMul_7": matrix, "a.query.bias": bias }));
    expect([...read.keys()].sort()).toEqual(["a.query.bias", "a.query.weight"]);
    expect(read.get("a.query.weight")).toEqual(turned);
  });

  test("without a bias it takes the scoped name of its product", () => {
    const nodes = [{ op: "MatMul", inputs: ["x", "onnx::MatMul_7"], output: "y", name: "/layers.0/q_proj/MatMul" }];
    expect(readOnnxWeights(file(nodes, { "onnx::MatMul_7": matrix })).get("layers.0.q_proj.weight")).toEqual(turned);
  });

  test("a matrix that kept its name stays as it is stored, whether the graph turns it or not", () => {
    const nodes = [
      { op: "Transpose", inputs: ["a.weight"], output: "t" },
      { op: "MatMul", inputs: ["x", "t"], output: "p" },
      { op: "MatMul", inputs: ["p", "h.c_fc.weight"], output: "y" },
    ];
    const read = readOnnxWeights(file(nodes, { "a.weight": matrix, "h.c_fc.weight": matrix }));
    for (const name of ["a.weight", "h.c_fc.weight"])
      expect(read.get(name)).toEqual({ shape: [2, 3], values: matrix.values });
  });

  test("equal parameters that are stored once have all their names", () => {
    const nodes = [
      { op: "Identity", inputs: ["a.norm.weight"], output: "b.norm.weight" },
      { op: "Mul", inputs: ["x", "b.norm.weight"], output: "y" },
    ];
    const read = readOnnxWeights(file(nodes, { "a.norm.weight": { dims: [2], values: Float32Array.of(1, 2) } }));
    expect(read.get("b.norm.weight")).toEqual({ shape: [2], values: Float32Array.of(1, 2) });
  });

  test("half precision is widened and integers are no weights", () => {
    const read = readOnnxWeights(
      file([{ op: "Mul", inputs: ["x", "a.weight"], output: "y" }], {
        "a.weight": { dims: [2], type: 10, values: Uint16Array.of(0x3c00, 0xc000) },
        "ids.weight": { dims: [1], type: 7, values: new Uint8Array(8) },
      }),
    );
    expect([...read]).toEqual([["a.weight", { shape: [2], values: Float32Array.of(1, -2) }]]);
  });

  test("quantised weights are refused by name", () => {
    const nodes = [{ op: "MatMulInteger", inputs: ["x", "a_quantized"], output: "y" }];
    const weights = { a_quantized: { dims: [2], type: 3, values: Int8Array.of(1, 2) } };
    expect(() => readOnnxWeights(file(nodes, weights))).toThrow("quantised weights (MatMulInteger)");
  });
});

describe("a checkpoint with its weights as ONNX", () => {
  const weights = file([{ op: "Mul", inputs: ["x", "a.weight"], output: "y" }], { "a.weight": matrix });
  const folder = (...names: string[]) => ({
    names,
    read: async (name: string) => (name.endsWith(".onnx") ? weights : new TextEncoder().encode(name).buffer),
  });

  test("has them as safetensors", async () => {
    const files = withOnnxWeights(folder("config.json", "model_fp32.onnx"));
    expect(files.names).toEqual(["config.json", "model.safetensors"]);
    expect(new SafetensorsFile(await files.read("model.safetensors")).read("a.weight")).toEqual({
      shape: [2, 3],
      values: matrix.values,
    });
    expect(new TextDecoder().decode(await files.read("config.json"))).toBe("config.json");
  });

  test.each([
    [["config.json", "model.onnx", "model.safetensors"]],
    [["model.onnx", "model.safetensors.index.json"]],
    [["encoder.onnx", "decoder.onnx"]],
    [["config.json"]],
  ])("%j stays as it is", (names) => {
    const files = folder(...names);
    expect(withOnnxWeights(files)).toBe(files);
  });
});

const tiny = path.join(import.meta.dirname, "../../../../shared/data/checkpoints/bert-rand-tiny");
test.skipIf(!existsSync(tiny))("an export of PyTorch gives the 39 tensors of its safetensors file to the bit", () => {
  const read = readOnnxWeights(fileBytes(path.join(tiny, "model.onnx")));
  const expected = new SafetensorsFile(fileBytes(path.join(tiny, "model.safetensors")));
  // The whole model puts "bert." before the names of its encoder, which is what was exported.
  const exported = (name: string) => name.replace(/^bert\./, "");
  expect([...read.keys()].sort()).toEqual(expected.names.map(exported).sort());
  expect(read.size).toBe(39);
  for (const name of expected.names) expect(read.get(exported(name)), name).toEqual(expected.read(name));
});
