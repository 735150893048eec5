import type { FileBytes } from "../checkpoint/files.ts";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import { MessageWriter } from "./protobuf.ts";

/** LayerNormalization came with 17; older runtimes do not matter, and nothing here needs more. */
const OPSET = 17;
/** The version of the format that goes with it. */
const IR_VERSION = 8;

/** Numbers of the element types that the graphs use. */
export const elementType = { float: 1, int64: 7, double: 11 } as const;
/** Numbers of the sorts of attributes. */
const attributeType = { float: 1, integer: 2, integers: 7 } as const;

/** A size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string;

/** The output of a node, an input or a weight, by its name in the graph. */
export type Value = string;

/** An attribute of a node: an integer, a list of them, or a float. */
export type Attribute = number | readonly number[] | { readonly float: number };

/** Where the float32 tensors of a safetensors file lie. */
export interface WeightFile {
  /** Name of the file, beside that of the graph. */
  readonly location: string;
  /** By name without the prefix; `offset` and `length` count bytes of the file. */
  readonly tensors: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly offset: number; readonly length: number }
  >;
}

/**
 * @param prefix what the file puts before names, such as "bert.".
 * @throws RefusedFileError when the file is no safetensors file.
 * @throws CheckpointError when a tensor is not float32: a graph cannot widen what lies in a file.
 */
export function weightFileOf(
  bytes: ArrayBuffer | FileBytes,
  { prefix = "", location = "model.safetensors" } = {},
): WeightFile {
  const file = new SafetensorsFile(bytes, location);
  const tensors = new Map<string, { shape: readonly number[]; offset: number; length: number }>();
  for (const [name, { dtype, shape, begin, end }] of file.entries) {
    if (dtype !== "F32") {
      throw new CheckpointError(
        `${location}: ${name} holds ${dtype}, and a graph can only point to float32`,
        "Write the weights as float32 first.",
      );
    }
    const plain = prefix && name.startsWith(prefix) ? name.slice(prefix.length) : name;
    tensors.set(plain, { shape, offset: file.begin + begin, length: end - begin });
  }
  return { location, tensors };
}

/**
 * Builds an ONNX model (onnx.ai/onnx/intro) whose weights stay in a safetensors file: the graph says at which byte each
 * of them lies ("external data"). Nodes are to be added in the order in which they can run.
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #weights: WeightFile;
  readonly #used = new Map<string, Value>();
  readonly #constants = new Map<string, Value>();
  readonly #nodes: ((graph: MessageWriter) => void)[] = [];
  readonly #initializers: ((graph: MessageWriter) => void)[] = [];
  readonly #inputs: ((graph: MessageWriter) => void)[] = [];
  readonly #outputs: ((graph: MessageWriter) => void)[] = [];
  #nodeCount = 0;

  constructor(name: string, weights: WeightFile) {
    this.#name = name;
    this.#weights = weights;
  }

  /** An input of int64. */
  input(name: string, dims: readonly Dimension[]): Value {
    this.#inputs.push((graph) => graph.message(11, describe(name, elementType.int64, dims)));
    return name;
  }

  /** An output of float32. */
  output(name: string, value: Value, dims: readonly Dimension[]): void {
    this.#addNode("Identity", [value], [name], {});
    this.#outputs.push((graph) => graph.message(12, describe(name, elementType.float, dims)));
  }

  hasWeight(name: string): boolean {
    return this.#weights.tensors.has(name);
  }

  /** A tensor of the safetensors file. @throws CheckpointError when it is not there. */
  weight(name: string): Value {
    const tensor = this.#weights.tensors.get(name);
    if (!tensor) throw new CheckpointError(`the graph reads ${name}, which ${this.#weights.location} does not hold`);
    if (!this.#used.has(name)) {
      this.#used.set(name, name);
      this.#initializers.push((graph) =>
        graph.message(5, (message) => {
          message.integers(1, tensor.shape).integer(2, elementType.float).text(8, name);
          for (const [key, value] of [
            ["location", this.#weights.location],
            ["offset", `${tensor.offset}`],
            ["length", `${tensor.length}`],
          ] as const) {
            message.message(13, (entry) => entry.text(1, key).text(2, value));
          }
          message.integer(14, 1);
        }),
      );
    }
    return name;
  }

  /** Integers (int64): a list, or a single one without axes. */
  integers(values: number | readonly number[]): Value {
    const list = typeof values === "number" ? [values] : values;
    const raw = new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
    return this.#constant(elementType.int64, typeof values === "number" ? [] : [list.length], raw);
  }

  /** A number (float32) without axes, or row-major values of a shape. */
  floats(values: number | ArrayLike<number>, shape?: readonly number[]): Value {
    const list = Float32Array.from(typeof values === "number" ? [values] : values);
    const dims = shape ?? (typeof values === "number" ? [] : [list.length]);
    return this.#constant(elementType.float, dims, new Uint8Array(list.buffer));
  }

  /** A list of float64 numbers. */
  doubles(values: Float64Array<ArrayBuffer>): Value {
    return this.#constant(elementType.double, [values.length], new Uint8Array(values.buffer));
  }

  /** A node with one output. @param op a standard operator (onnx.ai/onnx/operators). */
  node(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.nodes(op, inputs, 1, attributes)[0]!;
  }

  /** A node with several outputs. */
  nodes(
    op: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const outputs = Array.from({ length: count }, (_, index) => `${op}_${this.#nodeCount}${index ? `_${index}` : ""}`);
    this.#addNode(op, inputs, outputs, attributes);
    return outputs;
  }

  /** A ModelProto. */
  finish(): Uint8Array<ArrayBuffer> {
    return new MessageWriter()
      .integer(1, IR_VERSION)
      .text(2, "rankscope")
      .message(7, (graph) => {
        for (const write of this.#nodes) write(graph);
        graph.text(2, this.#name);
        for (const write of [...this.#initializers, ...this.#inputs, ...this.#outputs]) write(graph);
      })
      .message(8, (opset) => opset.text(1, "").integer(2, OPSET))
      .finish();
  }

  #addNode(
    op: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
  ): void {
    const name = `${op}_${this.#nodeCount++}`;
    this.#nodes.push((graph) =>
      graph.message(1, (node) => {
        for (const input of inputs) node.text(1, input);
        for (const output of outputs) node.text(2, output);
        node.text(3, name).text(4, op);
        for (const [key, value] of Object.entries(attributes)) node.message(5, attribute(key, value));
      }),
    );
  }

  #constant(type: number, dims: readonly number[], raw: Uint8Array): Value {
    const key = `${type} [${dims}] ${raw}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.#constants.size}`;
    this.#constants.set(key, name);
    this.#initializers.push((graph) =>
      graph.message(5, (tensor) => tensor.integers(1, dims).integer(2, type).text(8, name).bytes(9, raw)),
    );
    return name;
  }
}

function attribute(name: string, value: Attribute): (message: MessageWriter) => void {
  return (message) => {
    message.text(1, name);
    if (typeof value === "number") message.integer(3, value).integer(20, attributeType.integer);
    else if ("float" in value) message.float(2, value.float).integer(20, attributeType.float);
    else {
      for (const each of value) message.integer(8, each);
      message.integer(20, attributeType.integers);
    }
  };
}

/** Name, type and shape of an input or output. */
function describe(name: string, type: number, dims: readonly Dimension[]): (message: MessageWriter) => void {
  return (message) =>
    message.text(1, name).message(2, (sort) =>
      sort.message(1, (tensor) =>
        tensor.integer(1, type).message(2, (shape) => {
          for (const size of dims)
            shape.message(1, (dim) => (typeof size === "number" ? dim.integer(1, size) : dim.text(2, size)));
        }),
      ),
    );
}
