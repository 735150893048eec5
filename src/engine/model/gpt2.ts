import type { Gpt2Config } from "../checkpoint/config.ts";
import { add } from "../ops/add.ts";
import { embedTokens } from "../ops/embedTokens.ts";
import type { Tensor } from "../ops/tensor.ts";
import { activate, attend, fused, norm, positions, sentenceVectors, tokenScores } from "./blocks.ts";
import {
  type Batch,
  denseLayer,
  type Forward,
  type LayerKind,
  layerTensors,
  type ModelTensor,
  matrixTensor,
  normTensors,
  type Transformer,
  tensorOf,
} from "./transformer.ts";

/**
 * GPT-2 (Radford et al., 2019): normalisation before every layer and once at the end, causal attention, query, key and
 * value in one matrix. Dropout follows the embeddings and the layers output and down; attention weights are not dropped.
 */
export function gpt2(config: Gpt2Config): Transformer {
  const { width, innerWidth, heads, epsilon, vocabularySize, maxLength, tiedHead } = config;
  const head = tiedHead ? "wte.weight" : "lm_head.weight";
  const blocks = Array.from({ length: config.blocks }, (_, index) => {
    const at = `h.${index}`;
    const part = (kind: LayerKind, name: string, from: number, to: number) =>
      denseLayer(`${index}.${kind}`, `${at}.${name}`, from, to, kind, true);
    return {
      norms: [`${at}.ln_1`, `${at}.ln_2`] as const,
      qkv: part("qkv", "attn.c_attn", width, 3 * width),
      output: part("output", "attn.c_proj", width, width),
      up: part("up", "mlp.c_fc", width, innerWidth),
      down: part("down", "mlp.c_proj", innerWidth, width),
    };
  });
  const layers = blocks.flatMap(({ qkv, output, up, down }) => [qkv, output, up, down]);
  const tensors: ModelTensor[] = [
    matrixTensor("wte.weight", vocabularySize, width),
    { name: "wpe.weight", shape: [maxLength, width] },
    ...blocks.flatMap(({ norms }) => norms.flatMap((name) => normTensors(name, width))),
    ...normTensors("ln_f", width),
    ...layers.flatMap(layerTensors),
    ...(tiedHead ? [] : [matrixTensor(head, vocabularySize, width)]),
  ];

  const states = (forward: Forward, batch: Batch): Tensor[] => {
    const { tape, weights } = forward;
    const places = positions(tape, tensorOf(weights, "wpe.weight"), batch.ids.shape[1]!);
    const embedded = embedTokens(tape, { table: tensorOf(weights, "wte.weight"), ids: batch.ids }, places);
    let x = forward.dropout(embedded);
    const all = [x];
    for (const { norms, qkv, output, up, down } of blocks) {
      x = forward.block(x, (input) => {
        const projected = forward.linear(qkv, norm(forward, norms[0], input, epsilon));
        const attended = attend(tape, batch, fused(projected, width), { width, heads, causal: true });
        const middle = add(tape, forward.dropout(forward.linear(output, attended)), input);
        const inner = activate(tape, config.activation, forward.linear(up, norm(forward, norms[1], middle, epsilon)));
        return add(tape, forward.dropout(forward.linear(down, inner)), middle);
      });
      all.push(x);
    }
    all[all.length - 1] = norm(forward, "ln_f", x, epsilon);
    return all;
  };
  const hidden = (forward: Forward, batch: Batch): Tensor => states(forward, batch).at(-1)!;

  const vectors = sentenceVectors(config);
  return {
    family: "gpt2",
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
