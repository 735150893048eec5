import type { T5Config } from "../checkpoint/config.ts";
import { elementType, type GraphBuilder, type Value } from "./graph.ts";
import {
  activate,
  attend,
  embedding,
  flat,
  languageOutputs,
  linear,
  rmsNorm,
  seesBefore,
  seesTokens,
  split,
  type Tokens,
  tokens,
  unflat,
} from "./layers.ts";

const WORDS = "shared.weight";

type Side = "encoder" | "decoder";

/**
 * T5: input_ids and attention_mask [rows, length], and decoder_input_ids [rows, decoder_length], to
 * encoder_last_hidden_state [rows, length, width], last_hidden_state [rows, decoder_length, width] and logits
 * [rows, decoder_length, vocabulary]. Padding at the end of decoder_input_ids changes nothing before it. An encoder alone
 * gives last_hidden_state [rows, length, width].
 */
export function t5Graph(graph: GraphBuilder, config: T5Config): void {
  const { width, epsilon, decoderBlocks, tiedHead, scalesHead } = config;
  const text = tokens(graph);
  const isToken = seesTokens(graph, graph.input("attention_mask", ["rows", text.length]));
  const start = ({ ids }: Tokens) => flat(graph, embedding(graph, WORDS, ids), width);
  const last = (side: Side, x: Value) => rmsNorm(graph, `${side}.final_layer_norm.weight`, x, epsilon);

  let x = start(text);
  const bias = distanceBias(graph, config, "encoder", text);
  for (let block = 0; block < config.blocks; block++) {
    const at = `encoder.block.${block}.layer`;
    x = attention(graph, config, `${at}.0`, "SelfAttention", { x, text, allowed: isToken, bias });
    x = perceptron(graph, config, `${at}.1`, x);
  }
  const read = last("encoder", x);
  const name = decoderBlocks > 0 ? "encoder_last_hidden_state" : "last_hidden_state";
  graph.output(name, unflat(graph, text, read, width), ["rows", text.length, width]);
  if (decoderBlocks === 0) return;

  const written = tokens(graph, "decoder_input_ids", "decoder_length");
  const before = seesBefore(graph, written);
  const biasBefore = distanceBias(graph, config, "decoder", written);
  let y = start(written);
  for (let block = 0; block < decoderBlocks; block++) {
    const at = `decoder.block.${block}.layer`;
    y = attention(graph, config, `${at}.0`, "SelfAttention", {
      x: y,
      text: written,
      allowed: before,
      bias: biasBefore,
    });
    const source = { x: read, text };
    y = attention(graph, config, `${at}.1`, "EncDecAttention", { x: y, text: written, allowed: isToken, source });
    y = perceptron(graph, config, `${at}.2`, y);
  }
  const hasHead = graph.hasWeight("lm_head.weight") || !tiedHead;
  languageOutputs(graph, written, last("decoder", y), {
    ...config,
    head: hasHead ? "lm_head.weight" : WORDS,
    scale: scalesHead ? width ** -0.5 : 1,
  });
}

/** x + attention of what is normalised, to itself or to a source. @param at what stands before the part's names. */
function attention(
  graph: GraphBuilder,
  { heads, headWidth, epsilon }: T5Config,
  at: string,
  kind: "SelfAttention" | "EncDecAttention",
  given: {
    readonly x: Value;
    readonly text: Tokens;
    readonly allowed: Value;
    readonly bias?: Value;
    readonly source?: { readonly x: Value; readonly text: Tokens };
  },
): Value {
  const { x, text, allowed, bias } = given;
  const normed = rmsNorm(graph, `${at}.layer_norm.weight`, x, epsilon);
  const source = given.source ?? { x: normed, text };
  const project = (part: "q" | "k" | "v", from: { readonly x: Value; readonly text: Tokens }) =>
    split(graph, from.text, linear(graph, `${at}.${kind}.${part}`, from.x), heads, headWidth);
  const parts = { query: project("q", { x: normed, text }), key: project("k", source), value: project("v", source) };
  const attended = attend(graph, parts, allowed, { width: heads * headWidth, ...(bias !== undefined && { bias }) });
  return graph.node("Add", [linear(graph, `${at}.${kind}.o`, attended), x]);
}

function perceptron(graph: GraphBuilder, { activation, isGated, epsilon }: T5Config, at: string, x: Value): Value {
  const normed = rmsNorm(graph, `${at}.layer_norm.weight`, x, epsilon);
  const dense = (name: string, from: Value) => linear(graph, `${at}.DenseReluDense.${name}`, from);
  const inner = isGated
    ? graph.node("Mul", [activate(graph, activation, dense("wi_0", normed)), dense("wi_1", normed)])
    : activate(graph, activation, dense("wi", normed));
  return graph.node("Add", [dense("wo", inner), x]);
}

/**
 * A learnt number for every head and distance: near distances one by one, far ones in buckets that grow logarithmically.
 * In the encoder half of the buckets are for keys after the query; in the decoder these are never seen.
 *
 * @returns [1, heads, length, length]
 */
function distanceBias(
  graph: GraphBuilder,
  { buckets, maxDistance }: T5Config,
  side: Side,
  { positions }: Tokens,
): Value {
  const bothWays = side === "encoder";
  const count = bothWays ? Math.floor(buckets / 2) : buckets;
  const exact = Math.floor(count / 2);
  const query = graph.node("Unsqueeze", [positions, graph.integers([1])]);
  const ahead = graph.node("Sub", [positions, query]);
  const distance = bothWays
    ? graph.node("Abs", [ahead])
    : graph.node("Max", [graph.node("Neg", [ahead]), graph.integers(0)]);

  const real = graph.node("Cast", [graph.node("Max", [distance, graph.integers(1)])], { to: elementType.float });
  const logarithm = graph.node("Log", [graph.node("Div", [real, graph.floats(exact)])]);
  const share = graph.node("Div", [logarithm, graph.floats(Math.log(maxDistance / exact))]);
  const step = graph.node("Cast", [graph.node("Mul", [share, graph.floats(count - exact)])], { to: elementType.int64 });
  const far = graph.node("Min", [graph.node("Add", [step, graph.integers(exact)]), graph.integers(count - 1)]);
  const near = graph.node("Less", [distance, graph.integers(exact)]);
  let bucket = graph.node("Where", [near, distance, far]);
  if (bothWays) {
    const isAhead = graph.node("Greater", [ahead, graph.integers(0)]);
    bucket = graph.node("Add", [bucket, graph.node("Where", [isAhead, graph.integers(count), graph.integers(0)])]);
  }
  const table = `${side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`;
  const perHead = graph.node("Transpose", [embedding(graph, table, bucket)], { perm: [2, 0, 1] });
  return graph.node("Unsqueeze", [perHead, graph.integers([0])]);
}
