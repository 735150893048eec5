import type { LlamaConfig } from "../checkpoint/config.ts";
import { add } from "../ops/add.ts";
import { attention } from "../ops/attention.ts";
import { gatherRows } from "../ops/gatherRows.ts";
import { rmsNorm } from "../ops/rmsNorm.ts";
import { rope } from "../ops/rope.ts";
import { siluGate } from "../ops/siluGate.ts";
import type { Tensor } from "../ops/tensor.ts";
import { sentenceVectors, tokenScores } from "./blocks.ts";
import {
  type Batch,
  denseLayer,
  type Forward,
  type LayerKind,
  layerTensors,
  type ModelTensor,
  matrixTensor,
  plainLayer,
  type Transformer,
  tensorOf,
} from "./transformer.ts";

/** Cosines and sines of rotary positions, computed by `rotaryTable`. */
export const ROTARY_TABLE = "rotary_emb.table";

/**
 * Llama (Touvron et al., 2023, arXiv 2302.13971), with what Qwen2 and Mistral add to it:
 *
 *   a = x + output(attention(rope(query(norm(x))), rope(key(norm(x))), value(norm(x))))
 *   x = a + down(SiLU(gate(norm(a))) ⊙ up(norm(a)))
 *
 * in each block, with root mean square norms, and one more norm at the end; attention is causal and several query heads
 * may share a key and a value. Dropout follows the embeddings and the layers output and down.
 */
export function llama(config: LlamaConfig): Transformer {
  const { width, innerWidth, heads, keyValueHeads, headWidth, biases, vocabularySize, maxLength, tiedHead } = config;
  const words = "embed_tokens.weight";
  const head = tiedHead ? words : "lm_head.weight";
  const blocks = Array.from({ length: config.blocks }, (_, index) => {
    const at = `layers.${index}`;
    const part = (kind: LayerKind, name: string, from: number, to: number, hasBias: boolean) =>
      (hasBias ? denseLayer : plainLayer)(`${index}.${kind}`, `${at}.${name}`, from, to, kind);
    return {
      norms: [`${at}.input_layernorm.weight`, `${at}.post_attention_layernorm.weight`] as const,
      query: part("query", "self_attn.q_proj", width, heads * headWidth, biases.queryKeyValue),
      key: part("key", "self_attn.k_proj", width, keyValueHeads * headWidth, biases.queryKeyValue),
      value: part("value", "self_attn.v_proj", width, keyValueHeads * headWidth, biases.queryKeyValue),
      output: part("output", "self_attn.o_proj", heads * headWidth, width, biases.output),
      gate: part("gate", "mlp.gate_proj", width, innerWidth, biases.mlp),
      up: part("up", "mlp.up_proj", width, innerWidth, biases.mlp),
      down: part("down", "mlp.down_proj", innerWidth, width, biases.mlp),
    };
  });
  const layers = blocks.flatMap(({ norms, ...dense }) => Object.values(dense));
  const tensors: ModelTensor[] = [
    matrixTensor(words, vocabularySize, width),
    { name: ROTARY_TABLE, shape: [maxLength, headWidth], constant: true },
    ...[...blocks.flatMap(({ norms }) => norms), "norm.weight"].map((name) => ({ name, shape: [width] })),
    ...layers.flatMap(layerTensors),
    ...(tiedHead ? [] : [matrixTensor(head, vocabularySize, width)]),
  ];

  const norm = ({ tape, weights }: Forward, name: string, x: Tensor) =>
    rmsNorm(tape, x, tensorOf(weights, name), config.epsilon);

  const states = (forward: Forward, batch: Batch): Tensor[] => {
    const { tape, weights } = forward;
    const [rows, length] = batch.ids.shape as [number, number];
    const table = tensorOf(weights, ROTARY_TABLE);
    /** Of [rows, length, count · headWidth], the heads as [rows, count, length, headWidth]. */
    const split = (x: Tensor, count: number) =>
      tape.view(x, {
        shape: [rows, count, length, headWidth],
        strides: [length * count * headWidth, headWidth, count * headWidth, 1],
      });
    let x = forward.dropout(gatherRows(tape, tensorOf(weights, words), batch.ids));
    const all = [x];
    for (const { norms, query, key, value, output, gate, up, down } of blocks) {
      x = forward.block(x, (input) => {
        const before = norm(forward, norms[0], input);
        const attended = attention(tape, {
          query: rope(tape, split(forward.linear(query, before), heads), table),
          key: rope(tape, split(forward.linear(key, before), keyValueHeads), table),
          value: split(forward.linear(value, before), keyValueHeads),
          mask: batch.mask,
          causal: true,
          scale: 1 / Math.sqrt(headWidth),
        });
        const middle = add(tape, forward.dropout(forward.linear(output, attended)), input);
        const between = norm(forward, norms[1], middle);
        const inner = siluGate(tape, forward.linear(gate, between), forward.linear(up, between));
        return add(tape, forward.dropout(forward.linear(down, inner)), middle);
      });
      all.push(x);
    }
    all[all.length - 1] = norm(forward, "norm.weight", x);
    return all;
  };
  const hidden = (forward: Forward, batch: Batch): Tensor => states(forward, batch).at(-1)!;

  const vectors = sentenceVectors(config);
  return {
    family: "llama",
    width,
    sentenceWidth: vectors.sentenceWidth,
    maxLength,
    vocabularySize,
    layers,
    tensors,
    poolsSentences: false,
    states,
    hidden,
    sentence: (forward, batch) => vectors.pooled(forward, hidden(forward, batch), batch.mask),
    logits: (forward, x) => tokenScores(forward, x, head),
  };
}
