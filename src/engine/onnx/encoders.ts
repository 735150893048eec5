import type { BertConfig, UseLiteConfig } from "../checkpoint/config.ts";
import { elementType, type GraphBuilder, type Value } from "./graph.ts";
import {
  activate,
  attend,
  embedding,
  flat,
  layerNorm,
  linear,
  seesTokens,
  split,
  tokens,
  turning,
  unflat,
} from "./layers.ts";

const sum = (graph: GraphBuilder, ...[first, ...others]: [Value, ...Value[]]) =>
  others.reduce((a, b) => graph.node("Add", [a, b]), first);

/** What the parts of a block are called in PyTorch. */
const partNames = {
  bert: {
    blocks: "encoder.layer",
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    output: "attention.output.dense",
    outputNorm: "attention.output.LayerNorm",
    up: "intermediate.dense",
    down: "output.dense",
    downNorm: "output.LayerNorm",
  },
  distilbert: {
    blocks: "transformer.layer",
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    output: "attention.out_lin",
    outputNorm: "sa_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
    downNorm: "output_layer_norm",
  },
} as const;

/**
 * BERT's encoder, RoBERTa's and DistilBERT's: input_ids and attention_mask [rows, length], and token_type_ids where
 * there are several kinds of segment, to last_hidden_state [rows, length, width], and pooler_output [rows, width] where
 * the file has the pooler's layer.
 */
export function bertGraph(graph: GraphBuilder, config: BertConfig): void {
  const { width, heads, epsilon, activation } = config;
  const names = partNames[config.family === "distilbert" ? "distilbert" : "bert"];
  const text = tokens(graph);
  const mask = graph.input("attention_mask", ["rows", "length"]);
  const allowed = seesTokens(graph, mask);

  const table = (name: string, ids: Value) => embedding(graph, `embeddings.${name}_embeddings.weight`, ids);
  const places = graph.node("Add", [text.positions, graph.integers(config.firstPosition)]);
  const embedded = sum(graph, table("word", text.ids), table("position", places), ...segments());
  let x = layerNorm(graph, "embeddings.LayerNorm", flat(graph, embedded, width), epsilon);
  for (let block = 0; block < config.blocks; block++) {
    const name = (part: keyof typeof names) => `${names.blocks}.${block}.${names[part]}`;
    const projected = (part: "query" | "key" | "value") =>
      split(graph, text, linear(graph, name(part), x), heads, width / heads);
    const parts = { query: projected("query"), key: projected("key"), value: projected("value") };
    const attended = attend(graph, parts, allowed, { width, scale: (width / heads) ** -0.5 });
    const mixed = sum(graph, linear(graph, name("output"), attended), x);
    const middle = layerNorm(graph, name("outputNorm"), mixed, epsilon);
    const inner = activate(graph, activation, linear(graph, name("up"), middle));
    x = layerNorm(graph, name("downNorm"), sum(graph, linear(graph, name("down"), inner), middle), epsilon);
  }
  const states = unflat(graph, text, x, width);
  graph.output("last_hidden_state", states, ["rows", "length", width]);
  if (graph.hasWeight("pooler.dense.weight")) {
    const first = graph.node("Gather", [states, graph.integers(0)], { axis: 1 });
    graph.output("pooler_output", graph.node("Tanh", [linear(graph, "pooler.dense", first)]), ["rows", width]);
  }

  /** Transformers has an input for segments only where there are several kinds. */
  function segments(): Value[] {
    if (config.segmentTypes === 0) return [];
    if (config.segmentTypes === 1) return [table("token_type", graph.integers(0))];
    return [table("token_type", graph.input("token_type_ids", ["rows", "length"]))];
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
  const allowed = seesTokens(graph, mask);

  const words = embedding(graph, "embeddings.word_embeddings.weight", text.ids);
  const doubled = graph.node("Mul", [words, graph.floats(2)]);
  const half = embeddingWidth / 2;
  const { sines, cosines } = turning(
    graph,
    text,
    Array.from({ length: half }, (_, index) => Math.exp((-Math.log(10_000) * index) / (half - 1))),
  );
  const waves = graph.node("Concat", [sines, cosines], { axis: 1 });
  let x = flat(graph, sum(graph, doubled, waves), embeddingWidth);
  for (let block = 0; block < config.blocks; block++) {
    const at = `encoder.layer.${block}`;
    const from = block === 0 ? embeddingWidth : width;
    const projected = linear(graph, `${at}.attn.qkv`, layerNorm(graph, `${at}.ln_1`, x, epsilon));
    const [query, key, value] = graph
      .nodes("Split", [projected], 3, { axis: 1 })
      .map((part) => split(graph, text, part, heads, from / heads)) as [Value, Value, Value];
    const attended = attend(graph, { query, key, value }, allowed, { width: from, scale: (from / heads) ** -0.5 });
    const kept = block === 0 ? linear(graph, `${at}.residual`, x) : x;
    const middle = sum(graph, linear(graph, `${at}.attn.out`, attended), kept);
    const inner = linear(graph, `${at}.mlp.fc1`, layerNorm(graph, `${at}.ln_2`, middle, epsilon));
    x = sum(graph, linear(graph, `${at}.mlp.fc2`, activate(graph, activation, inner)), middle);
  }
  const states = unflat(graph, text, x, width);
  graph.output("last_hidden_state", states, ["rows", "length", width]);

  const share = graph.node("Cast", [mask], { to: elementType.float });
  const counted = graph.node("Unsqueeze", [share, graph.integers([2])]);
  const overTokens = (values: Value) => graph.node("ReduceSum", [values, graph.integers([1])], { keepdims: 0 });
  const mean = graph.node("Div", [overTokens(graph.node("Mul", [states, counted])), overTokens(counted)]);
  const vector = graph.node("Tanh", [linear(graph, "pooler.dense", mean)]);
  const length = graph.node("ReduceL2", [vector], { axes: [1], keepdims: 1 });
  graph.output("sentence_embedding", graph.node("Div", [vector, length]), ["rows", width]);
}
