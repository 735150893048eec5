import type { Gpt2Config, LlamaConfig } from "../checkpoint/config.ts";
import type { GraphBuilder, Value } from "./graph.ts";
import {
  activate,
  attend,
  embedding,
  flat,
  languageOutputs,
  layerNorm,
  linear,
  rmsNorm,
  seesBefore,
  seesTokens,
  split,
  type Tokens,
  tokens,
  turning,
} from "./layers.ts";

/**
 * GPT-2: input_ids and attention_mask [rows, length] to last_hidden_state [rows, length, width] and logits
 * [rows, length, vocabulary].
 */
export function gpt2Graph(graph: GraphBuilder, config: Gpt2Config): void {
  const { width, heads, epsilon, activation } = config;
  const { text, allowed } = causalText(graph);
  const conv = (name: string, x: Value) => linear(graph, name, x, { inByOut: true });
  const sum = (a: Value, b: Value) => graph.node("Add", [a, b]);

  const words = embedding(graph, "wte.weight", text.ids);
  let x = flat(graph, sum(words, embedding(graph, "wpe.weight", text.positions)), width);
  for (let block = 0; block < config.blocks; block++) {
    const at = `h.${block}`;
    const projected = conv(`${at}.attn.c_attn`, layerNorm(graph, `${at}.ln_1`, x, epsilon));
    const [query, key, value] = graph
      .nodes("Split", [projected], 3, { axis: 1 })
      .map((part) => split(graph, text, part, heads, width / heads)) as [Value, Value, Value];
    const attended = attend(graph, { query, key, value }, allowed, { width, scale: (width / heads) ** -0.5 });
    x = sum(conv(`${at}.attn.c_proj`, attended), x);
    const inner = activate(graph, activation, conv(`${at}.mlp.c_fc`, layerNorm(graph, `${at}.ln_2`, x, epsilon)));
    x = sum(conv(`${at}.mlp.c_proj`, inner), x);
  }
  x = layerNorm(graph, "ln_f", x, epsilon);
  languageOutputs(graph, text, x, { ...config, head: config.tiedHead ? "wte.weight" : "lm_head.weight" });
}

/** Llama, Qwen2 and Mistral: the inputs and outputs of GPT-2. Layers have a bias where the file has one. */
export function llamaGraph(graph: GraphBuilder, config: LlamaConfig): void {
  const { width, heads, keyValueHeads, headWidth, epsilon, theta } = config;
  const { text, allowed } = causalText(graph);
  const half = headWidth / 2;
  const rates = Array.from({ length: half }, (_, pair) => Math.exp((-Math.log(theta) * pair) / half));
  const { cosines, sines } = turning(graph, text, rates);
  const [cosine, sine] = [cosines, sines].map((each) => graph.node("Concat", [each, each], { axis: 1 })) as [
    Value,
    Value,
  ];
  /** x · cos + (−second half, first half) · sin, feature by feature. */
  const rotated = (x: Value): Value => {
    const [first, second] = graph.nodes("Split", [x], 2, { axis: 3 }) as [Value, Value];
    const quarterTurn = graph.node("Concat", [graph.node("Neg", [second]), first], { axis: 3 });
    return sum(graph.node("Mul", [x, cosine]), graph.node("Mul", [quarterTurn, sine]));
  };
  const sum = (a: Value, b: Value) => graph.node("Add", [a, b]);
  // Every group of query heads reads the same head of keys and values.
  const shared = graph.integers(Array.from({ length: heads }, (_, head) => Math.floor((head * keyValueHeads) / heads)));
  const forQueries = (x: Value) => graph.node("Gather", [x, shared], { axis: 1 });

  let x = flat(graph, embedding(graph, "embed_tokens.weight", text.ids), width);
  for (let block = 0; block < config.blocks; block++) {
    const at = `layers.${block}`;
    const before = rmsNorm(graph, `${at}.input_layernorm.weight`, x, epsilon);
    const project = (part: "q" | "k" | "v", count: number) =>
      split(graph, text, linear(graph, `${at}.self_attn.${part}_proj`, before), count, headWidth);
    const parts = {
      query: rotated(project("q", heads)),
      key: forQueries(rotated(project("k", keyValueHeads))),
      value: forQueries(project("v", keyValueHeads)),
    };
    const attended = attend(graph, parts, allowed, { width: heads * headWidth, scale: headWidth ** -0.5 });
    x = sum(linear(graph, `${at}.self_attn.o_proj`, attended), x);
    const between = rmsNorm(graph, `${at}.post_attention_layernorm.weight`, x, epsilon);
    const gate = linear(graph, `${at}.mlp.gate_proj`, between);
    const silu = graph.node("Mul", [gate, graph.node("Sigmoid", [gate])]);
    const inner = graph.node("Mul", [silu, linear(graph, `${at}.mlp.up_proj`, between)]);
    x = sum(linear(graph, `${at}.mlp.down_proj`, inner), x);
  }
  x = rmsNorm(graph, "norm.weight", x, epsilon);
  languageOutputs(graph, text, x, { ...config, head: config.tiedHead ? "embed_tokens.weight" : "lm_head.weight" });
}

/** Inputs of which every token sees the tokens before it. */
function causalText(graph: GraphBuilder): { text: Tokens; allowed: Value } {
  const text = tokens(graph);
  const isToken = seesTokens(graph, graph.input("attention_mask", ["rows", text.length]));
  return { text, allowed: graph.node("And", [isToken, seesBefore(graph, text)]) };
}
