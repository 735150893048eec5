import type { Activation } from "../checkpoint/config.ts";
import type { GraphBuilder, Value } from "./graph.ts";

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
}

/** @param name of the input with ids [rows, length]. */
export function tokens(graph: GraphBuilder, name = "input_ids", length = "length"): Tokens {
  const ids = graph.input(name, ["rows", length]);
  const sizes = graph.node("Shape", [ids]);
  const end = graph.node("Gather", [sizes, graph.integers(1)]);
  return { ids, sizes, positions: graph.node("Range", [graph.integers(0), end, graph.integers(1)]) };
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

/**
 * Which keys a query may see, as truth values that broadcast to [rows, heads, queries, keys].
 *
 * @param mask [rows, length]: 1 for a token, 0 for padding.
 */
export function visible(graph: GraphBuilder, { positions }: Tokens, mask: Value, causal: boolean): Value {
  const isToken = graph.node("Greater", [mask, graph.integers(0)]);
  const ofRow = graph.node("Unsqueeze", [isToken, graph.integers([1, 2])]);
  if (!causal) return ofRow;
  const query = graph.node("Unsqueeze", [positions, graph.integers([1])]);
  return graph.node("And", [ofRow, graph.node("LessOrEqual", [positions, query])]);
}

/**
 * Attention with several heads (Vaswani et al., 2017, arXiv 1706.03762).
 *
 * @param parts query, key and value, each flat: [rows · length, heads · headWidth].
 * @param allowed from `visible`.
 * @returns [rows · length, heads · headWidth]
 */
export function attend(
  graph: GraphBuilder,
  { sizes }: Tokens,
  parts: Readonly<Record<"query" | "key" | "value", Value>>,
  { heads, headWidth, allowed }: { readonly heads: number; readonly headWidth: number; readonly allowed: Value },
): Value {
  const shape = graph.node("Concat", [sizes, graph.integers([heads, headWidth])], { axis: 0 });
  const split = (x: Value, perm: readonly number[]) =>
    graph.node("Transpose", [graph.node("Reshape", [x, shape])], { perm });
  const scores = graph.node("MatMul", [split(parts.query, [0, 2, 1, 3]), split(parts.key, [0, 2, 3, 1])]);
  const scaled = graph.node("Mul", [scores, graph.floats(1 / Math.sqrt(headWidth))]);
  const seen = graph.node("Where", [allowed, scaled, graph.floats(HIDDEN)]);
  const shares = graph.node("Softmax", [seen], { axis: -1 });
  const mixed = graph.node("MatMul", [shares, split(parts.value, [0, 2, 1, 3])]);
  return flat(graph, graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] }), heads * headWidth);
}
