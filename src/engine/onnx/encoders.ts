import type { BertConfig, UseLiteConfig } from "../checkpoint/config.ts";
import type { GraphBuilder, Value } from "./graph.ts";
import { activate, attend, embedding, flat, layerNorm, linear, tokens, unflat, visible } from "./layers.ts";

const sum = (graph: GraphBuilder, a: Value, b: Value) => graph.node("Add", [a, b]);

/**
 * BERT's encoder: input_ids, attention_mask and token_type_ids [rows, length] to last_hidden_state
 * [rows, length, width], and pooler_output [rows, width] where the file has the pooler's layer.
 */
export function bertGraph(graph: GraphBuilder, config: BertConfig): void {
  const { width, heads, epsilon, activation } = config;
  const text = tokens(graph);
  const mask = graph.input("attention_mask", ["rows", "length"]);
  const types = graph.input("token_type_ids", ["rows", "length"]);
  const allowed = visible(graph, text, mask, false);

  const words = embedding(graph, "embeddings.word_embeddings.weight", text.ids);
  const typed = sum(graph, words, embedding(graph, "embeddings.token_type_embeddings.weight", types));
  const placed = sum(graph, typed, embedding(graph, "embeddings.position_embeddings.weight", text.positions));
  let x = layerNorm(graph, "embeddings.LayerNorm", flat(graph, placed, width), epsilon);
  for (let block = 0; block < config.blocks; block++) {
    const at = `encoder.layer.${block}`;
    const [query, key, value] = (["query", "key", "value"] as const).map((part) =>
      linear(graph, `${at}.attention.self.${part}`, x),
    ) as [Value, Value, Value];
    const attended = attend(graph, text, { query, key, value }, { heads, headWidth: width / heads, allowed });
    const mixed = sum(graph, linear(graph, `${at}.attention.output.dense`, attended), x);
    const middle = layerNorm(graph, `${at}.attention.output.LayerNorm`, mixed, epsilon);
    const inner = activate(graph, activation, linear(graph, `${at}.intermediate.dense`, middle));
    x = layerNorm(
      graph,
      `${at}.output.LayerNorm`,
      sum(graph, linear(graph, `${at}.output.dense`, inner), middle),
      epsilon,
    );
  }
  const states = unflat(graph, text, x, width);
  graph.output("last_hidden_state", states, ["rows", "length", width]);
  if (graph.hasWeight("pooler.dense.weight")) {
    const first = graph.node("Gather", [states, graph.integers(0)], { axis: 1 });
    graph.output("pooler_output", graph.node("Tanh", [linear(graph, "pooler.dense", first)]), ["rows", width]);
  }
}

/**
 * Universal Sentence Encoder Lite: input_ids and attention_mask [rows, length] to last_hidden_state
 * [rows, length, width] and sentence_embedding [rows, width] of length 1.
 */
export function sentenceEncoderGraph(graph: GraphBuilder, config: UseLiteConfig): void {
  const { width, embeddingWidth, heads, epsilon, activation } = config;
  const text = tokens(graph);
  const mask = graph.input("attention_mask", ["rows", "length"]);
  const allowed = visible(graph, text, mask, false);

  const words = embedding(graph, "embeddings.word_embeddings.weight", text.ids);
  const doubled = graph.node("Mul", [words, graph.floats(2)]);
  let x = flat(graph, sum(graph, doubled, waves(graph, text.positions, embeddingWidth)), embeddingWidth);
  for (let block = 0; block < config.blocks; block++) {
    const at = `encoder.layer.${block}`;
    const from = block === 0 ? embeddingWidth : width;
    const projected = linear(graph, `${at}.attn.qkv`, layerNorm(graph, `${at}.ln_1`, x, epsilon));
    const [query, key, value] = graph.nodes("Split", [projected], 3, { axis: 1 }) as [Value, Value, Value];
    const attended = attend(graph, text, { query, key, value }, { heads, headWidth: from / heads, allowed });
    const kept = block === 0 ? linear(graph, `${at}.residual`, x) : x;
    const middle = sum(graph, linear(graph, `${at}.attn.out`, attended), kept);
    const inner = linear(graph, `${at}.mlp.fc1`, layerNorm(graph, `${at}.ln_2`, middle, epsilon));
    x = sum(graph, linear(graph, `${at}.mlp.fc2`, activate(graph, activation, inner)), middle);
  }
  const states = unflat(graph, text, x, width);
  graph.output("last_hidden_state", states, ["rows", "length", width]);

  const counted = graph.node("Unsqueeze", [graph.node("Cast", [mask], { to: 1 }), graph.integers([2])]);
  const overTokens = (values: Value) => graph.node("ReduceSum", [values, graph.integers([1])], { keepdims: 0 });
  const mean = graph.node("Div", [overTokens(graph.node("Mul", [states, counted])), overTokens(counted)]);
  const vector = graph.node("Tanh", [linear(graph, "pooler.dense", mean)]);
  const length = graph.node("ReduceL2", [vector], { axes: [1], keepdims: 1 });
  graph.output("sentence_embedding", graph.node("Div", [vector, length]), ["rows", width]);
}

/** Sines, then cosines, of positions at rates from 1 down to 1/10000. @returns [length, width] */
function waves(graph: GraphBuilder, positions: Value, width: number): Value {
  const count = width / 2;
  const rates = Float32Array.from({ length: count }, (_, index) => Math.exp((-Math.log(1e4) * index) / (count - 1)));
  const column = graph.node("Unsqueeze", [graph.node("Cast", [positions], { to: 1 }), graph.integers([1])]);
  const angles = graph.node("Mul", [column, graph.floats(rates)]);
  return graph.node("Concat", [graph.node("Sin", [angles]), graph.node("Cos", [angles])], { axis: 1 });
}
