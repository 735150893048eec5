import { RefusedFileError } from "../checkpoint/refusal.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { unpacked } from "../kernels/formats.ts";
import { checkOnnx } from "./checkOnnx.ts";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "./model.ts";
import { elementTypes } from "./operators.ts";
import { unpackedIntegers } from "./protobuf.ts";

/** Where a value comes from. */
interface Source {
  readonly tensor: OnnxTensor;
  /** Its axes are swapped on the way. */
  readonly isTransposed: boolean;
}

/** Names that parameters of a PyTorch model end with. */
const parameter = /(^|\.)(weight|bias|gamma|beta)$/;
/** Operators that change nothing about which weight it is. */
const passing: ReadonlySet<string> = new Set(["Identity", "Cast", "Transpose"]);

/**
 * Reads the weights of an exported transformer by the names that they have in PyTorch. Biases, norms and tables keep
 * their names in an ONNX file. A dense layer's matrix may lose it: exporters turn x · Wᵀ into a product with a nameless
 * constant [in, out]. It is found through the product that uses it, named by the bias that is added next or by the
 * product's own scoped name, and turned back to [out, in]. Parameters that are equal are stored once and come back
 * through Identity.
 *
 * @param file for messages.
 * @throws RefusedFileError when the file is damaged or its weights are quantised.
 */
export function readOnnxWeights(buffer: ArrayBuffer, file = "model.onnx"): ReadonlyMap<string, HostTensor> {
  const { graph } = checkOnnx(buffer, file);
  const quantised = graph.nodes.find(({ op }) => /^(MatMulInteger|DequantizeLinear|QuantizeLinear)$/.test(op));
  if (quantised) {
    throw new RefusedFileError(
      "onnx-unsupported",
      `${file} holds quantised weights (${quantised.op})`,
      "Use the export in float32, or the checkpoint that it was made from.",
    );
  }
  const constants = constantsOf(graph);
  const users = usersOf(graph);
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const sourceOf = (value: string): Source | undefined => {
    let isTransposed = false;
    for (let name = value; ; ) {
      const tensor = constants.get(name);
      if (tensor) return { tensor, isTransposed };
      const node = producers.get(name);
      if (!node || !passing.has(node.op)) return undefined;
      if (node.op === "Transpose") isTransposed = !isTransposed;
      name = node.inputs[0]!;
    }
  };

  const weights = new Map<string, HostTensor>();
  const add = (name: string, tensor: OnnxTensor, swap = false) => {
    const values = valuesOf(tensor);
    const shape = tensor.dims.map(Number);
    if (values && !weights.has(name)) weights.set(name, swap ? transposed(values, shape) : { shape, values });
  };
  for (const [name, tensor] of constants) if (parameter.test(name)) add(name, tensor);
  for (const node of graph.nodes) {
    if (node.op === "Identity") {
      const source = sourceOf(node.inputs[0]!);
      const [name] = node.outputs;
      if (source && parameter.test(name!)) add(name!, source.tensor, source.isTransposed);
    } else if (node.op === "MatMul") {
      const source = sourceOf(node.inputs[1]!);
      if (source?.tensor.dims.length !== 2 || parameter.test(source.tensor.name)) continue;
      const name = biasAfter(node, users, constants)?.replace(/bias$/, "weight") ?? scopedName(node);
      if (name !== undefined) add(name, source.tensor, !source.isTransposed);
    }
  }
  return weights;
}

/** Initialisers and constants by their names. */
function constantsOf({ initializers, nodes }: OnnxGraph): Map<string, OnnxTensor> {
  const constants = new Map(initializers.map((tensor) => [tensor.name, tensor]));
  for (const { op, attributes, outputs } of nodes) {
    const tensor = attributes.find(({ name }) => name === "value")?.tensors[0];
    if (op === "Constant" && tensor) constants.set(outputs[0]!, tensor);
  }
  return constants;
}

function usersOf({ nodes }: OnnxGraph): Map<string, OnnxNode[]> {
  const users = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      const known = users.get(input);
      if (known) known.push(node);
      else users.set(input, [node]);
    }
  }
  return users;
}

/** The name of the bias that is added to what a node gives. */
function biasAfter(
  { outputs }: OnnxNode,
  users: ReadonlyMap<string, readonly OnnxNode[]>,
  constants: ReadonlyMap<string, OnnxTensor>,
): string | undefined {
  const additions = (users.get(outputs[0]!) ?? []).filter(({ op }) => op === "Add");
  return additions.flatMap(({ inputs }) => inputs).find((name) => constants.has(name) && /(^|\.)bias$/.test(name));
}

/** "/encoder/layer.0/attention/self/query/MatMul" is the product of "encoder.layer.0.attention.self.query". */
function scopedName({ name }: OnnxNode): string | undefined {
  const scope = /^\/?(.+)\/MatMul[^/]*$/.exec(name)?.[1];
  return scope === undefined ? undefined : `${scope.replaceAll("/", ".")}.weight`;
}

/** @returns undefined where a tensor holds no fractions: it is no weight. */
function valuesOf({ type, raw, typed }: OnnxTensor): Float32Array | undefined {
  const bytes = raw ?? joined([...typed.values()].flat());
  // A copy, since values need not be aligned in the file.
  const aligned = bytes.slice().buffer;
  switch (elementTypes.get(type)?.name) {
    case "FLOAT":
      return new Float32Array(aligned);
    case "DOUBLE":
      return Float32Array.from(new Float64Array(aligned));
    case "FLOAT16":
      return unpacked(raw ? new Uint16Array(aligned) : halves(bytes), "float16");
    case "BFLOAT16":
      return unpacked(raw ? new Uint16Array(aligned) : halves(bytes), "bfloat16");
    default:
      return undefined;
  }
}

/** 16-bit values that are stored as integers of their bits. */
function halves(bytes: Uint8Array): Uint16Array {
  return Uint16Array.from(Array.from(unpackedIntegers(bytes), Number));
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function transposed(values: Float32Array, [rows, columns]: readonly number[]): HostTensor {
  const swapped = new Float32Array(values.length);
  for (let row = 0; row < rows!; row++)
    for (let column = 0; column < columns!; column++) swapped[column * rows! + row] = values[row * columns! + column]!;
  return { shape: [columns!, rows!], values: swapped };
}
