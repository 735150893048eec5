import type { Gpt2Config } from "../checkpoint/config.ts";
import type { GraphBuilder, Value } from "./graph.ts";
import {
  activate,
  attend,
  embedding,
  flat,
  layerNorm,
  linear,
  type Tokens,
  tokens,
  unflat,
  visible,
} from "./layers.ts";

/**
 * GPT-2: input_ids and attention_mask [rows, length] to last_hidden_state [rows, length, width] and logits
 * [rows, length, vocabulary].
 */
export function gpt2Graph(graph: GraphBuilder, config: Gpt2Config): void {
  const { width, heads, epsilon, activation } = config;
  const text = tokens(graph);
  const mask = graph.input("attention_mask", ["rows", "length"]);
  const allowed = visible(graph, text, mask, true);
  const conv = (name: string, x: Value) => linear(graph, name, x, { inByOut: true });
  const sum = (a: Value, b: Value) => graph.node("Add", [a, b]);

  const words = embedding(graph, "wte.weight", text.ids);
  let x = flat(graph, sum(words, embedding(graph, "wpe.weight", text.positions)), width);
  for (let block = 0; block < config.blocks; block++) {
    const at = `h.${block}`;
    const projected = conv(`${at}.attn.c_attn`, layerNorm(graph, `${at}.ln_1`, x, epsilon));
    const [query, key, value] = graph.nodes("Split", [projected], 3, { axis: 1 }) as [Value, Value, Value];
    const attended = attend(graph, text, { query, key, value }, { heads, headWidth: width / heads, allowed });
    x = sum(conv(`${at}.attn.c_proj`, attended), x);
    const inner = activate(graph, activation, conv(`${at}.mlp.c_fc`, layerNorm(graph, `${at}.ln_2`, x, epsilon)));
    x = sum(conv(`${at}.mlp.c_proj`, inner), x);
  }
  x = layerNorm(graph, "ln_f", x, epsilon);
  languageOutputs(graph, text, x, { ...config, head: config.tiedHead ? "wte.weight" : "lm_head.weight" });
}

/** last_hidden_state and logits. @param x [rows · length, width]. */
function languageOutputs(
  graph: GraphBuilder,
  text: Tokens,
  x: Value,
  { width, vocabularySize, head }: { readonly width: number; readonly vocabularySize: number; readonly head: string },
): void {
  graph.output("last_hidden_state", unflat(graph, text, x, width), ["rows", "length", width]);
  const scores = graph.node("Gemm", [x, graph.weight(head)], { transB: 1 });
  graph.output("logits", unflat(graph, text, scores, vocabularySize), ["rows", "length", vocabularySize]);
}
