import { RefusedFileError } from "../checkpoint/refusal.ts";
import { MessageReader, ProtobufError, unpackedIntegers } from "./protobuf.ts";

/** An initialiser or the value of a Constant, as it lies in the file. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly bigint[];
  /** Number of the element type; 0 where none is given. */
  readonly type: number;
  /** Little-endian values. */
  readonly raw: Uint8Array | undefined;
  /** Values in a field of their type, in pieces, by the number of the field. */
  readonly typed: ReadonlyMap<number, readonly Uint8Array[]>;
  /** Values in another file. */
  readonly isExternal: boolean;
  /** Only a part of a tensor, a form that was never used. */
  readonly isSegment: boolean;
}

export interface OnnxAttribute {
  readonly name: string;
  readonly integer: bigint | undefined;
  readonly tensors: readonly OnnxTensor[];
  /** Graphs, sparse tensors, types and references to attributes of a function. */
  readonly isExotic: boolean;
}

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  /** An empty name stands for an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
}

/** An input or output of the graph. */
export interface OnnxValue {
  readonly name: string;
  /** Number of the element type; 0 where it is no tensor, undefined where nothing is said. */
  readonly type: number | undefined;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly hasSparseInitializers: boolean;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxModel {
  readonly irVersion: number;
  /** Version by domain; the standard one is "". */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: OnnxGraph;
  readonly hasFunctions: boolean;
}

/**
 * Reads a ModelProto (onnx.proto3 of github.com/onnx/onnx). It is checked as protocol buffers, not for what it says.
 *
 * @throws RefusedFileError
 */
export function readModel(bytes: Uint8Array, file: string): OnnxModel {
  try {
    return modelOf(bytes);
  } catch (cause) {
    if (!(cause instanceof ProtobufError)) throw cause;
    const code = cause.fault === "depth" ? "onnx-too-deep" : "onnx-malformed";
    throw new RefusedFileError(code, `${file} is no ONNX file: ${cause.message}`, undefined, { cause });
  }
}

function modelOf(bytes: Uint8Array): OnnxModel {
  let irVersion: number | undefined;
  let graph: MutableGraph | undefined;
  let hasFunctions = false;
  const opsets = new Map<string, number>();
  const model = new MessageReader(bytes);
  for (const field of model) {
    if (field === 1) irVersion = Number(model.integer());
    else if (field === 7) graph = readGraph(model.message(), graph);
    else if (field === 8) opsets.set(...opsetOf(model.message()));
    else if (field === 25) hasFunctions = true;
  }
  if (irVersion === undefined) throw new ProtobufError("malformed", "it does not say its version");
  if (!graph) throw new ProtobufError("malformed", "it holds no graph");
  return { irVersion, opsets, graph, hasFunctions };
}

function opsetOf(opset: MessageReader): [domain: string, version: number] {
  let domain = "";
  let version = 0;
  for (const field of opset) {
    if (field === 1) domain = opset.text();
    else if (field === 2) version = Number(opset.integer());
  }
  return [standard(domain), version];
}

/** The standard operators have two names for their domain. */
function standard(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

interface MutableGraph {
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxTensor[];
  hasSparseInitializers: boolean;
  readonly inputs: OnnxValue[];
  readonly outputs: OnnxValue[];
}

/** @param graph what came before: a message that comes twice is one with the fields of both. */
function readGraph(
  reader: MessageReader,
  graph: MutableGraph = { nodes: [], initializers: [], hasSparseInitializers: false, inputs: [], outputs: [] },
): MutableGraph {
  for (const field of reader) {
    if (field === 1) graph.nodes.push(nodeOf(reader.message()));
    else if (field === 5) graph.initializers.push(tensorOf(reader.message()));
    else if (field === 11) graph.inputs.push(describedOf(reader.message()));
    else if (field === 12) graph.outputs.push(describedOf(reader.message()));
    else if (field === 15) graph.hasSparseInitializers = true;
  }
  return graph;
}

function nodeOf(node: MessageReader): OnnxNode {
  let [name, op, domain] = ["", "", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: OnnxAttribute[] = [];
  for (const field of node) {
    if (field === 1) inputs.push(node.text());
    else if (field === 2) outputs.push(node.text());
    else if (field === 3) name = node.text();
    else if (field === 4) op = node.text();
    else if (field === 5) attributes.push(attributeOf(node.message()));
    else if (field === 7) domain = standard(node.text());
  }
  return { name, op, domain, inputs, outputs, attributes };
}

function attributeOf(attribute: MessageReader): OnnxAttribute {
  let name = "";
  let integer: bigint | undefined;
  let isExotic = false;
  const tensors: OnnxTensor[] = [];
  for (const field of attribute) {
    if (field === 1) name = attribute.text();
    else if (field === 3) integer = attribute.integer();
    else if (field === 5 || field === 10) tensors.push(tensorOf(attribute.message()));
    else if (field === 6 || field === 11) {
      // Read for the sake of what is wrong with it.
      readGraph(attribute.message());
      isExotic = true;
    } else if ([14, 15, 21, 22, 23].includes(field)) isExotic = true;
  }
  return { name, integer, tensors, isExotic };
}

function tensorOf(tensor: MessageReader): OnnxTensor {
  let [name, type, isExternal, isSegment] = ["", 0, false, false];
  let raw: Uint8Array | undefined;
  const dims: bigint[] = [];
  const typed = new Map<number, Uint8Array[]>();
  for (const field of tensor) {
    const packing = typedFields.get(field);
    if (packing) typed.set(field, [...(typed.get(field) ?? []), tensor.packed(packing)]);
    else if (field === 1) for (const size of unpackedIntegers(tensor.packed("integer"))) dims.push(size);
    else if (field === 2) type = Number(tensor.integer());
    else if (field === 3) isSegment = true;
    else if (field === 8) name = tensor.text();
    else if (field === 9) raw = tensor.bytes();
    else if (field === 13) isExternal = true;
    else if (field === 14) isExternal ||= tensor.integer() !== 0n;
  }
  return { name, dims, type, raw, typed, isExternal, isSegment };
}

/** Fields of a tensor that hold values by their type: floats, 32-bit and smaller, 64-bit, doubles, unsigned 64-bit. */
const typedFields: ReadonlyMap<number, "fixed32" | "integer" | "fixed64"> = new Map([
  [4, "fixed32"],
  [5, "integer"],
  [7, "integer"],
  [10, "fixed64"],
  [11, "integer"],
]);

function describedOf(value: MessageReader): OnnxValue {
  let name = "";
  let type: number | undefined;
  for (const field of value) {
    if (field === 1) name = value.text();
    else if (field === 2) type = elementTypeOf(value.message());
  }
  return { name, type };
}

function elementTypeOf(type: MessageReader): number {
  let element = 0;
  for (const field of type) {
    if (field !== 1) continue;
    const tensor = type.message();
    for (const inner of tensor) if (inner === 1) element = Number(tensor.integer());
  }
  return element;
}
