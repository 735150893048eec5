import type { Activation } from "../checkpoint/config.ts";
import { elementType, type GraphBuilder, type Value } from "./graph.ts";

/** What softmax is given for a key that must not be seen: the lowest float32, of which the exponential is zero. */
const HIDDEN = -3.4028234663852886e38;

/** Token sequences as a graph sees them. Hidden states are kept flat: [rows · length, width]. */
export interface Tokens {
  /** [rows, length] */
  readonly ids: Value;
  /** The two sizes [rows, length] of `ids`. */
  readonly sizes: Value;
  /** 0, 1, … length − 1. */
  readonly positions: Value;
  /** Name of the number of tokens in a row. */
  readonly length: string;
}

/** @param name of the input with ids [rows, length]. */
export function tokens(graph: GraphBuilder, name = "input_ids", length = "length"): Tokens {
  const ids = graph.input(name, ["rows", length]);
  const sizes = graph.node("Shape", [ids]);
  const end = graph.node("Gather", [sizes, graph.integers(1)]);
  return { ids, sizes, positions: graph.node("Range", [graph.integers(0), end, graph.integers(1)]), length };
}

/** A table's rows [rows, length, width]. */
export function embedding(graph: GraphBuilder, table: string, ids: Value): Value {
  return graph.node("Gather", [graph.weight(table), ids]);
}

/** [rows, length, width] to [rows · length, width]. */
export function flat(graph: GraphBuilder, x: Value, width: number): Value {
  return graph.node("Reshape", [x, graph.integers([-1, width])]);
}

/** [rows · length, width] to [rows, length, width]. */
export function unflat(graph: GraphBuilder, { sizes }: Tokens, x: Value, width: number): Value {
  return graph.node("Reshape", [x, graph.node("Concat", [sizes, graph.integers([width])], { axis: 0 })]);
}

/**
 * x · Wᵀ + b, with b where the file has one.
 *
 * @param name what stands before `.weight` and `.bias`.
 * @param inByOut whether W is stored as [in, out].
 */
export function linear(graph: GraphBuilder, name: string, x: Value, { inByOut = false } = {}): Value {
  const bias = `${name}.bias`;
  const inputs = [x, graph.weight(`${name}.weight`), ...(graph.hasWeight(bias) ? [graph.weight(bias)] : [])];
  return graph.node("Gemm", inputs, { transB: inByOut ? 0 : 1 });
}

export function layerNorm(graph: GraphBuilder, name: string, x: Value, epsilon: number): Value {
  const inputs = [x, graph.weight(`${name}.weight`), graph.weight(`${name}.bias`)];
  return graph.node("LayerNormalization", inputs, { axis: -1, epsilon: { float: epsilon } });
}

/** The two forms of GELU (Hendrycks & Gimpel, 2016, arXiv 1606.08415), or ReLU. */
export function activate(graph: GraphBuilder, activation: Activation, x: Value): Value {
  const times = (a: Value, b: Value | number) => graph.node("Mul", [a, typeof b === "number" ? graph.floats(b) : b]);
  const halfOfOnePlus = (share: Value) => times(graph.node("Add", [share, graph.floats(1)]), 0.5);
  switch (activation) {
    case "relu":
      return graph.node("Relu", [x]);
    case "gelu":
      return times(x, halfOfOnePlus(graph.node("Erf", [times(x, Math.SQRT1_2)])));
    case "gelu-tanh": {
      const cubic = times(times(times(x, x), x), 0.044715);
      const inner = times(graph.node("Add", [x, cubic]), Math.sqrt(2 / Math.PI));
      return times(x, halfOfOnePlus(graph.node("Tanh", [inner])));
    }
  }
}

/** x / √(mean of x² + ε) · weight (Zhang & Sennrich, 2019, arXiv 1910.07467). */
export function rmsNorm(graph: GraphBuilder, weight: string, x: Value, epsilon: number): Value {
  const meanSquare = graph.node("ReduceMean", [graph.node("Mul", [x, x])], { axes: [-1], keepdims: 1 });
  const size = graph.node("Sqrt", [graph.node("Add", [meanSquare, graph.floats(epsilon)])]);
  return graph.node("Mul", [graph.node("Div", [x, size]), graph.weight(weight)]);
}

/**
 * Angles of positions that turn at different rates, in float64: float32 would be off by 1e-4 after a thousand positions.
 *
 * @param rates radians per position.
 * @returns cosines and sines, float32 [length, rates].
 */
export function turning(graph: GraphBuilder, { positions }: Tokens, rates: readonly number[]) {
  const exact = graph.node("Cast", [positions], { to: elementType.double });
  const column = graph.node("Unsqueeze", [exact, graph.integers([1])]);
  const angles = graph.node("Mul", [column, graph.doubles(Float64Array.from(rates))]);
  const of = (op: "Cos" | "Sin") => graph.node("Cast", [graph.node(op, [angles])], { to: elementType.float });
  return { cosines: of("Cos"), sines: of("Sin") };
}

/** Which keys are tokens rather than padding, broadcasting to [rows, heads, queries, keys]. @param mask [rows, keys]. */
export function seesTokens(graph: GraphBuilder, mask: Value): Value {
  return graph.node("Unsqueeze", [graph.node("Greater", [mask, graph.integers(0)]), graph.integers([1, 2])]);
}

/** Which keys are at or before a query [queries, keys], where both are the same tokens. */
export function seesBefore(graph: GraphBuilder, { positions }: Tokens): Value {
  const query = graph.node("Unsqueeze", [positions, graph.integers([1])]);
  return graph.node("LessOrEqual", [positions, query]);
}

/** Splits [rows · length, heads · headWidth] into heads. @returns [rows, heads, length, headWidth] */
export function split(graph: GraphBuilder, { sizes }: Tokens, x: Value, heads: number, headWidth: number): Value {
  const shape = graph.node("Concat", [sizes, graph.integers([heads, headWidth])], { axis: 0 });
  return graph.node("Transpose", [graph.node("Reshape", [x, shape])], { perm: [0, 2, 1, 3] });
}

/**
 * Attention (Vaswani et al., 2017, arXiv 1706.03762): softmax(query · keyᵀ · scale + bias) · value.
 *
 * @param query [rows, heads, queries, headWidth]; key and value [rows, heads, keys, headWidth].
 * @param allowed truth values that broadcast to [rows, heads, queries, keys].
 * @param options `width` is heads · headWidth; `bias` broadcasts to the scores.
 * @returns [rows · queries, width]
 */
export function attend(
  graph: GraphBuilder,
  { query, key, value }: Readonly<Record<"query" | "key" | "value", Value>>,
  allowed: Value,
  { width, scale = 1, bias }: { readonly width: number; readonly scale?: number; readonly bias?: Value },
): Value {
  const across = graph.node("Transpose", [key], { perm: [0, 1, 3, 2] });
  const scores = graph.node("Mul", [graph.node("MatMul", [query, across]), graph.floats(scale)]);
  const biased = bias === undefined ? scores : graph.node("Add", [scores, bias]);
  const seen = graph.node("Where", [allowed, biased, graph.floats(HIDDEN)]);
  const mixed = graph.node("MatMul", [graph.node("Softmax", [seen], { axis: -1 }), value]);
  return flat(graph, graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] }), width);
}

/**
 * What a language model gives: last_hidden_state, and logits from a table of the vocabulary.
 *
 * @param x [rows · length, width].
 */
export function languageOutputs(
  graph: GraphBuilder,
  text: Tokens,
  x: Value,
  options: { readonly width: number; readonly vocabularySize: number; readonly head: string; readonly scale?: number },
): void {
  const { width, vocabularySize, head, scale = 1 } = options;
  graph.output("last_hidden_state", unflat(graph, text, x, width), ["rows", text.length, width]);
  const scores = graph.node("Gemm", [x, graph.weight(head)], { transB: 1, alpha: { float: scale } });
  graph.output("logits", unflat(graph, text, scores, vocabularySize), ["rows", text.length, vocabularySize]);
}
