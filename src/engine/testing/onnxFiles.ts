import { MessageWriter } from "../onnx/protobuf.ts";

export type Write = (message: MessageWriter) => MessageWriter;

export const message = (write: Write): Uint8Array => write(new MessageWriter()).finish();
export const float =
  (type: number): Write =>
  (value) =>
    value.message(2, (sort) => sort.message(1, (t) => t.integer(1, type)));

/** y = x + w for vectors of 2; each part may be replaced. */
export function model(parts: Partial<Record<"nodes" | "weights" | "ends" | "model", Write>> = {}): Uint8Array {
  const {
    nodes = (graph) => graph.message(1, node("Add", ["x", "w"], ["y"])),
    weights = (graph) => graph.message(5, weight([2], 1, 8)),
    ends = (graph) => graph.message(11, (x) => float(1)(x.text(1, "x"))).message(12, (y) => float(1)(y.text(1, "y"))),
    model: around = (file) => file.integer(1, 8).message(8, (opset) => opset.integer(2, 17)),
  } = parts;
  return message((file) =>
    around(file).message(7, (graph) => {
      for (const part of [nodes, weights, ends]) part(graph);
    }),
  );
}

export const node =
  (op: string, inputs: readonly string[], outputs: readonly string[], more: Write = (it) => it): Write =>
  (it) => {
    for (const input of inputs) it.text(1, input);
    for (const output of outputs) it.text(2, output);
    return more(it.text(4, op));
  };
export const weight =
  (dims: readonly (number | bigint)[], type: number, bytes: number, more: Write = (it) => it): Write =>
  (it) =>
    more(it.integers(1, dims).integer(2, type).text(8, "w").bytes(9, new Uint8Array(bytes)));
export const attribute =
  (write: Write): Write =>
  (it) =>
    it.message(5, (each) => write(each.text(1, "a")));
