import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { RefusedFileError } from "../checkpoint/refusal.ts";
import { attribute, float, message, model, node, type Write, weight } from "../testing/onnxFiles.ts";
import { checkOnnx } from "./checkOnnx.ts";

function verdict(bytes: Uint8Array): string {
  try {
    checkOnnx(bytes.slice().buffer);
  } catch (error) {
    if (error instanceof RefusedFileError) return error.code;
    throw error;
  }
  return "accepted";
}

describe("checking an ONNX file", () => {
  const accepted: Record<string, Uint8Array> = {
    "a graph of one node": model(),
    "nodes in any order": model({
      nodes: (graph) => graph.message(1, node("Add", ["r", "w"], ["y"])).message(1, node("Relu", ["x"], ["r"])),
    }),
    "values in a field of their type": model({
      weights: (graph) =>
        graph.message(5, (it) => it.integer(1, 2).integer(2, 1).text(8, "w").bytes(4, new Uint8Array(8))),
    }),
    "a default for an input": model({
      ends: (graph) =>
        graph
          .message(11, (x) => x.text(1, "x"))
          .message(11, (w) => w.text(1, "w"))
          .message(12, (y) => y.text(1, "y")),
    }),
    "names out of the prototype": model({
      nodes: (graph) =>
        graph.message(1, node("Add", ["x", "w"], ["__proto__"])).message(1, node("Relu", ["__proto__"], ["y"])),
    }),
    "a group among what nobody reads": Uint8Array.of(...model(), 0xcb, 0x06, 0xd8, 0x06, 0x05, 0xcc, 0x06),
  };
  for (const [what, bytes] of Object.entries(accepted))
    test(`${what} is accepted`, () => expect(verdict(bytes)).toBe("accepted"));

  const nested = (depth: number): Write => {
    let graph: Write = (it) => it.text(2, "innermost");
    for (let at = 0; at < depth; at++) {
      const inner = graph;
      graph = (it) => it.message(1, (each) => each.message(5, (a) => a.message(6, (body) => void inner(body))));
    }
    return graph;
  };
  const ends =
    (outputs: string): Write =>
    (graph) =>
      graph.message(11, (x) => x.text(1, "x")).message(12, (y) => y.text(1, outputs));
  const refused: Record<string, [code: string, bytes: Uint8Array]> = {
    "nothing at all": ["onnx-malformed", new Uint8Array()],
    "no graph": ["onnx-malformed", message((file) => file.integer(1, 8))],
    "a cut": ["onnx-malformed", model().subarray(0, 40)],
    "a number of 11 bytes": [
      "onnx-malformed",
      Uint8Array.of(...model(), 0xa8, 0x06, ...Array<number>(10).fill(0xff), 1),
    ],
    "a length past the end": ["onnx-malformed", Uint8Array.of(...model(), 0xaa, 0x06, 0x7f, 0)],
    "a length of 2^64 − 1": [
      "onnx-malformed",
      Uint8Array.of(...model(), 0xaa, 0x06, ...Array<number>(9).fill(0xff), 1),
    ],
    "a field of number 0": ["onnx-malformed", Uint8Array.of(...model(), 0x02, 0x00)],
    "an unknown kind of value": ["onnx-malformed", Uint8Array.of(...model(), 0xaf, 0x06)],
    "a group that does not end": ["onnx-malformed", Uint8Array.of(...model(), 0xcb, 0x06)],
    "a group that ends as another": ["onnx-malformed", Uint8Array.of(...model(), 0xcb, 0x06, 0xd4, 0x06)],
    "a group that never started": ["onnx-malformed", Uint8Array.of(...model(), 0xcc, 0x06)],
    "groups in groups": ["onnx-too-deep", Uint8Array.of(...model(), ...Array<number[]>(101).fill([0xcb, 0x06]).flat())],
    "a name that is no text": [
      "onnx-malformed",
      model({ nodes: (graph) => graph.message(1, (it) => it.bytes(3, Uint8Array.of(0xff))) }),
    ],
    "graphs in graphs": ["onnx-too-deep", model({ nodes: nested(40) })],
    "control flow": ["onnx-unsupported", model({ nodes: (graph) => nested(2)(graph) })],
    "a format from the future": [
      "onnx-unsupported",
      model({ model: (file) => file.integer(1, 99).message(8, (opset) => opset.integer(2, 17)) }),
    ],
    "no version of operators": ["onnx-unsupported", model({ model: (file) => file.integer(1, 8) })],
    "operators from the future": [
      "onnx-unsupported",
      model({ model: (file) => file.integer(1, 8).message(8, (opset) => opset.integer(2, 27)) }),
    ],
    "an operator out of the prototype": [
      "onnx-unsupported",
      model({ nodes: (graph) => graph.message(1, node("constructor", ["x", "w"], ["y"])) }),
    ],
    "an operator of somebody's own": [
      "onnx-unsupported",
      model({
        nodes: (graph) =>
          graph.message(
            1,
            node("Add", ["x", "w"], ["y"], (it) => it.text(7, "evil.example")),
          ),
      }),
    ],
    functions: [
      "onnx-unsupported",
      model({
        model: (file) =>
          file
            .integer(1, 8)
            .message(8, (opset) => opset.integer(2, 17))
            .message(25, (it) => it.text(1, "f")),
      }),
    ],
    "an input of texts": [
      "onnx-unsupported",
      model({ ends: (graph) => ends("y")(graph.message(11, (s) => float(8)(s.text(1, "s")))) }),
    ],
    "an attribute that refers to another": [
      "onnx-unsupported",
      model({
        nodes: (graph) =>
          graph.message(
            1,
            node(
              "Add",
              ["x", "w"],
              ["y"],
              attribute((a) => a.text(21, "b")),
            ),
          ),
      }),
    ],
    "data in another file": [
      "onnx-external-data",
      model({
        weights: (graph) =>
          graph.message(
            5,
            weight([2], 1, 8, (it) => it.message(13, (e) => e.text(1, "location"))),
          ),
      }),
    ],
    "data in another file, of a constant": [
      "onnx-external-data",
      model({
        nodes: (graph) =>
          graph.message(1, node("Add", ["x", "w"], ["y"])).message(
            1,
            node(
              "Constant",
              [],
              ["c"],
              attribute((a) => a.message(5, (t) => t.integer(14, 1))),
            ),
          ),
      }),
    ],
    "a negative size": ["onnx-bad-tensor", model({ weights: (graph) => graph.message(5, weight([-1, -2], 1, 8)) })],
    "fewer bytes than the shape needs": [
      "onnx-bad-tensor",
      model({ weights: (graph) => graph.message(5, weight([3], 1, 8)) }),
    ],
    "a size that wraps to 2": [
      "onnx-bad-tensor",
      model({ weights: (graph) => graph.message(5, weight([2n ** 32n + 1n, 2n ** 32n + 1n, 2], 1, 8)) }),
    ],
    "a size that is too large before it is 0": [
      "onnx-bad-tensor",
      model({ weights: (graph) => graph.message(5, weight([2n ** 40n, 2n ** 40n, 0], 1, 0)) }),
    ],
    "an unknown type": ["onnx-bad-tensor", model({ weights: (graph) => graph.message(5, weight([2], 99, 8)) })],
    "texts as weights": ["onnx-unsupported", model({ weights: (graph) => graph.message(5, weight([2], 8, 8)) })],
    "values given twice": [
      "onnx-bad-tensor",
      model({
        weights: (graph) =>
          graph.message(
            5,
            weight([2], 1, 8, (it) => it.bytes(4, new Uint8Array(8))),
          ),
      }),
    ],
    "values of another type": [
      "onnx-bad-tensor",
      model({
        weights: (graph) => graph.message(5, (it) => it.integer(1, 2).integer(2, 1).text(8, "w").integers(5, [1, 2])),
      }),
    ],
    "a value that is cut": [
      "onnx-bad-tensor",
      model({
        weights: (graph) =>
          graph.message(5, (it) => it.integer(1, 2).integer(2, 1).text(8, "w").bytes(4, new Uint8Array(7))),
      }),
    ],
    "a part of a tensor": [
      "onnx-bad-tensor",
      model({
        weights: (graph) =>
          graph.message(
            5,
            weight([2], 1, 8, (it) => it.message(3, () => {})),
          ),
      }),
    ],
    "two weights of one name": [
      "onnx-bad-graph",
      model({ weights: (graph) => graph.message(5, weight([2], 1, 8)).message(5, weight([2], 1, 8)) }),
    ],
    "a node that reads its own output": [
      "onnx-bad-graph",
      model({ nodes: (graph) => graph.message(1, node("Add", ["y", "w"], ["y"])) }),
    ],
    "a circle of nodes": [
      "onnx-bad-graph",
      model({
        nodes: (graph) => graph.message(1, node("Add", ["x", "b"], ["y"])).message(1, node("Relu", ["y"], ["b"])),
      }),
    ],
    "a name that nothing gives": [
      "onnx-bad-graph",
      model({ nodes: (graph) => graph.message(1, node("Add", ["x", "v"], ["y"])) }),
    ],
    "an output that nothing gives": ["onnx-bad-graph", model({ ends: ends("z") })],
    "no output": ["onnx-bad-graph", model({ ends: (graph) => graph.message(11, (x) => x.text(1, "x")) })],
    "a node that writes over a weight": [
      "onnx-bad-graph",
      model({ nodes: (graph) => graph.message(1, node("Add", ["x", "w"], ["w"])), ends: ends("w") }),
    ],
    "two nodes with one output": [
      "onnx-bad-graph",
      model({
        nodes: (graph) => graph.message(1, node("Add", ["x", "w"], ["y"])).message(1, node("Relu", ["x"], ["y"])),
      }),
    ],
    "two nodes of one name": [
      "onnx-bad-graph",
      model({
        nodes: (graph) =>
          graph
            .message(
              1,
              node("Add", ["x", "w"], ["y"], (it) => it.text(3, "n")),
            )
            .message(
              1,
              node("Relu", ["x"], ["z"], (it) => it.text(3, "n")),
            ),
      }),
    ],
    "three inputs of an addition": [
      "onnx-bad-graph",
      model({ nodes: (graph) => graph.message(1, node("Add", ["x", "w", "w"], ["y"])) }),
    ],
  };
  for (const [what, [code, bytes]] of Object.entries(refused))
    test(`${what} is refused: ${code}`, () => expect(verdict(bytes)).toBe(code));

  test("the message names the file, the tensor and both sizes", () => {
    const short = model({ weights: (graph) => graph.message(5, weight([3], 1, 8)) });
    expect(() => checkOnnx(short.slice().buffer, "m.onnx")).toThrow("m.onnx: w has 8 bytes, [3] in FLOAT needs 12");
  });
});

const corpus = path.join(import.meta.dirname, "../../../../shared/malformed/gen.mjs");
describe.skipIf(!existsSync(corpus))("the corpus of malformed inputs", async () => {
  interface Case {
    readonly id: string;
    readonly kind: string;
    readonly expect: "accept" | "reject";
    readonly reasons?: readonly string[];
    readonly maxMs?: number;
  }
  if (!existsSync(corpus)) return;
  const { cases, build }: { cases: readonly Case[]; build: (one: Case) => Uint8Array } = await import(
    pathToFileURL(corpus).href
  );
  for (const one of cases.filter(({ kind }) => kind === "onnx")) {
    test(`${one.id}: ${one.expect}`, () => {
      const bytes = Uint8Array.from(build(one));
      const start = performance.now();
      const found = verdict(bytes);
      expect(performance.now() - start).toBeLessThan(one.maxMs ?? 1000);
      expect(one.expect === "accept" ? ["accepted"] : one.reasons).toContain(found);
    });
  }
});
