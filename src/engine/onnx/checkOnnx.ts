import { listed, type RefusalCode, RefusedFileError, shown } from "../checkpoint/refusal.ts";
import { type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxTensor, readModel } from "./model.ts";
import { elementTypes, irVersions, operators, opsetVersions } from "./operators.ts";
import { ProtobufError, unpackedIntegers } from "./protobuf.ts";

type Refuse = (code: RefusalCode, what: string, hint?: string) => RefusedFileError;

const damaged = "The file is damaged or was written by a faulty program; get it again from where it came from.";

/**
 * Reads an ONNX file and checks that all of it holds together before anybody looks at a value: every tensor has the
 * bytes that its shape needs, every name stands for one value, nothing depends on itself, and only known operators of
 * known versions are used. Data in other files are never looked for.
 *
 * @param file for messages.
 * @throws RefusedFileError naming the first rule that the file breaks.
 */
export function checkOnnx(buffer: ArrayBuffer, file = "model.onnx"): OnnxModel {
  const model = readModel(new Uint8Array(buffer), file);
  const refuse: Refuse = (code, what, hint) => new RefusedFileError(code, `${file}: ${what}`, hint);
  checkVersions(model, refuse);
  const { nodes, initializers } = model.graph;
  for (const node of nodes) checkOperator(node, refuse);
  for (const tensor of initializers) checkTensor(tensor, refuse);
  for (const { attributes } of nodes)
    for (const { tensors } of attributes) for (const tensor of tensors) checkTensor(tensor, refuse);
  checkGraph(model.graph, refuse);
  return model;
}

function checkVersions({ irVersion, opsets, hasFunctions, graph }: OnnxModel, refuse: Refuse): void {
  const within = (version: number, [least, most]: readonly [number, number]) => version >= least && version <= most;
  if (!within(irVersion, irVersions))
    throw refuse("onnx-unsupported", `version ${irVersion} of the format is not supported`, supported(irVersions));
  const opset = opsets.get("");
  if (opset === undefined) throw refuse("onnx-unsupported", "it does not say which version its operators have");
  if (!within(opset, opsetVersions))
    throw refuse("onnx-unsupported", `version ${opset} of the operators is not supported`, supported(opsetVersions));
  if (hasFunctions) throw refuse("onnx-unsupported", "it defines operators of its own");
  if (graph.hasSparseInitializers) throw refuse("onnx-unsupported", "it holds sparse tensors");
}

function supported([least, most]: readonly [number, number]): string {
  return `Supported: ${least} to ${most}.`;
}

function checkOperator(node: OnnxNode, refuse: Refuse): void {
  const { op, domain, inputs, outputs, attributes } = node;
  const arity = domain === "" ? operators.get(op) : undefined;
  if (!arity) {
    const full = domain === "" ? op : `${domain}.${op}`;
    throw refuse("onnx-unsupported", `the operator ${shown(full)} is not supported`);
  }
  for (const [count, [least, most], what] of [
    [inputs.length, arity.inputs, "inputs"],
    [outputs.length, arity.outputs, "outputs"],
  ] as const) {
    if (count < least || count > most) throw refuse("onnx-bad-graph", `${titled(node)} has ${count} ${what}`, damaged);
  }
  const exotic = attributes.find(({ isExotic }) => isExotic);
  if (exotic)
    throw refuse("onnx-unsupported", `${titled(node)} has the attribute ${shown(exotic.name)}, which is no value`);
  const twice = repeated(attributes.map(({ name }) => name));
  if (twice !== undefined)
    throw refuse("onnx-bad-graph", `${titled(node)} has the attribute ${shown(twice)} twice`, damaged);
}

/** Where values lie that are not raw, by the number of their type. */
const typedField: ReadonlyMap<number, number> = new Map([
  [1, 4],
  ...[2, 3, 4, 5, 6, 9, 10, 16].map((type) => [type, 5] as const),
  [7, 7],
  [11, 10],
  [12, 11],
  [13, 11],
]);

function checkTensor(tensor: OnnxTensor, refuse: Refuse): void {
  const { name, dims, type, raw, typed } = tensor;
  const title = name === "" ? "a constant" : shown(name);
  if (tensor.isExternal) {
    throw refuse(
      "onnx-external-data",
      `the values of ${title} are in another file`,
      "Use the weights as safetensors with their config.json, or an ONNX file that holds its weights.",
    );
  }
  if (tensor.isSegment) throw refuse("onnx-bad-tensor", `${title} is only a part of a tensor`, damaged);
  const element = elementTypes.get(type);
  if (!element) throw refuse("onnx-bad-tensor", `${title} has the unknown type ${type}`, damaged);
  if (element.bytes === undefined)
    throw refuse("onnx-unsupported", `${title} holds ${element.name}, which cannot be read`);

  let count = 1n;
  for (const size of dims) {
    if (size < 0n) throw refuse("onnx-bad-tensor", `${title} has a negative size ${size}`, damaged);
    count *= size;
    // An empty axis later on does not make an overflow before it harmless.
    if (count > 2n ** 53n)
      throw refuse("onnx-bad-tensor", `${title} [${listed(dims.map(String), 8)}] is too large`, damaged);
  }
  if (raw && typed.size > 0) throw refuse("onnx-bad-tensor", `${title} holds its values twice`, damaged);
  const [field, ...others] = typed.keys();
  if (others.length > 0 || (field !== undefined && field !== typedField.get(type)))
    throw refuse("onnx-bad-tensor", `${title} holds ${element.name} among values of another type`, damaged);
  const given = raw ? BigInt(raw.length) : BigInt(typedCount(tensor, refuse) * element.bytes);
  const needed = count * BigInt(element.bytes);
  if (given !== needed) {
    const shape = listed(dims.map(String), 8);
    const bytes = given.toLocaleString("en");
    throw refuse(
      "onnx-bad-tensor",
      `${title} has ${bytes} bytes, [${shape}] in ${element.name} needs ${needed.toLocaleString("en")}`,
      damaged,
    );
  }
}

function typedCount({ name, typed }: OnnxTensor, refuse: Refuse): number {
  let count = 0;
  for (const [field, pieces] of typed) {
    const width = ({ 4: 4, 10: 8 } as Record<number, number>)[field];
    for (const piece of pieces) count += width === undefined ? integersIn(piece, name, refuse) : piece.length / width;
  }
  // A piece that ends within a value makes no whole number; no shape has that many.
  return Math.ceil(count) === count ? count : -1;
}

function integersIn(piece: Uint8Array, name: string, refuse: Refuse): number {
  try {
    let count = 0;
    for (const _ of unpackedIntegers(piece)) count++;
    return count;
  } catch (cause) {
    if (!(cause instanceof ProtobufError)) throw cause;
    throw refuse("onnx-malformed", `the values of ${shown(name)}: ${cause.message}`, damaged);
  }
}

function checkGraph({ nodes, initializers, inputs, outputs }: OnnxGraph, refuse: Refuse): void {
  const bad = (what: string) => refuse("onnx-bad-graph", what, damaged);
  for (const { name, type } of [...inputs, ...outputs]) {
    if (type === undefined) continue;
    if (elementTypes.get(type)?.bytes === undefined)
      throw refuse("onnx-unsupported", `${shown(name)} is no tensor of a type that can be read`);
  }
  const twice =
    repeated(inputs.map(({ name }) => name)) ??
    repeated(initializers.map(({ name }) => name)) ??
    repeated(outputs.map(({ name }) => name));
  if (twice !== undefined) throw bad(`the name ${shown(twice)} is given twice`);
  const sameName = repeated(nodes.map(({ name }) => name).filter((name) => name !== ""));
  if (sameName !== undefined) throw bad(`two nodes have the name ${shown(sameName)}`);

  // An initialiser may be the default of an input; every other name is given once.
  const known = new Set([...inputs, ...initializers].map(({ name }) => name));
  const source = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      if (known.has(output) || source.has(output)) throw bad(`the name ${shown(output)} is given twice`);
      source.set(output, node);
    }
  }
  for (const node of nodes) {
    const unknown = node.inputs.find((name) => name !== "" && !known.has(name) && !source.has(name));
    if (unknown !== undefined) throw bad(`${titled(node)} reads ${shown(unknown)}, which nothing gives`);
  }
  const lost = outputs.find(({ name }) => !known.has(name) && !source.has(name));
  if (lost) throw bad(`nothing gives the output ${shown(lost.name)}`);
  if (outputs.length === 0) throw bad("it has no output");
  const circular = onCycle(nodes, source);
  if (circular) throw bad(`${titled(circular)} depends on its own output`);
}

/** Takes away nodes whose inputs are all there until none is left (Kahn, 1962). @returns a node that stays, if any. */
function onCycle(nodes: readonly OnnxNode[], source: ReadonlyMap<string, OnnxNode>): OnnxNode | undefined {
  const users = new Map<OnnxNode, OnnxNode[]>(nodes.map((node) => [node, []]));
  const waitsFor = new Map<OnnxNode, number>();
  for (const node of nodes) {
    const before = node.inputs.map((name) => source.get(name)).filter((each) => each !== undefined);
    for (const each of before) users.get(each)!.push(node);
    waitsFor.set(node, before.length);
  }
  const ready = nodes.filter((node) => waitsFor.get(node) === 0);
  for (const node of ready) {
    for (const user of users.get(node)!) {
      const left = waitsFor.get(user)! - 1;
      waitsFor.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  return nodes.find((node) => waitsFor.get(node)! > 0);
}

function titled({ name, op }: OnnxNode): string {
  return name === "" ? `a node ${op}` : `the node ${shown(name)} (${op})`;
}

function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
