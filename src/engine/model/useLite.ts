import type { UseLiteConfig } from "../checkpoint/config.ts";
import { add } from "../ops/add.ts";
import { gatherRows } from "../ops/gatherRows.ts";
import { meanPool } from "../ops/meanPool.ts";
import { normalizeRows } from "../ops/normalizeRows.ts";
import { tanh } from "../ops/tanh.ts";
import type { Tensor } from "../ops/tensor.ts";
import { activate, addRepeated, attend, fused, norm, positions } from "./blocks.ts";
import {
  type Batch,
  denseLayer,
  type Forward,
  layerTensors,
  type ModelTensor,
  matrixTensor,
  normTensors,
  type Transformer,
  tensorOf,
} from "./transformer.ts";

/** Sines and cosines of the position, computed by `sinusoids`. */
export const USE_LITE_POSITIONS = "embeddings.position_embeddings";

/**
 * Universal Sentence Encoder Lite (Cer et al., 2018, arXiv 1803.11175), as its published graph computes it:
 *
 *   x = 2·E[ids] + P; in each block a = output(attention(norm(x))), x = a + x, x = x + down(relu(up(norm(x))));
 *   sentence = y / |y| with y = tanh(pooler(mean of x over tokens)).
 *
 * Block 0 attends in the width of the embeddings and goes to the full width through its layers output and residual.
 */
export function universalSentenceEncoderLite(config: UseLiteConfig): Transformer {
  const { width, embeddingWidth, innerWidth, heads, epsilon, vocabularySize, maxLength } = config;
  const blocks = Array.from({ length: config.blocks }, (_, index) => {
    const at = `encoder.layer.${index}`;
    const from = index === 0 ? embeddingWidth : width;
    return {
      width: from,
      norms: [`${at}.ln_1`, `${at}.ln_2`] as const,
      qkv: denseLayer(`${index}.qkv`, `${at}.attn.qkv`, from, 3 * from, "qkv"),
      output: denseLayer(`${index}.output`, `${at}.attn.out`, from, width, "output"),
      ...(index === 0 && { residual: denseLayer("0.residual", `${at}.residual`, from, width, "residual") }),
      up: denseLayer(`${index}.up`, `${at}.mlp.fc1`, width, innerWidth, "up"),
      down: denseLayer(`${index}.down`, `${at}.mlp.fc2`, innerWidth, width, "down"),
    };
  });
  const pooler = denseLayer("pooler", "pooler.dense", width, width, "pooler");
  const layers = [
    ...blocks.flatMap(({ qkv, output, residual, up, down }) => [
      qkv,
      output,
      ...(residual ? [residual] : []),
      up,
      down,
    ]),
    pooler,
  ];
  const tensors: ModelTensor[] = [
    matrixTensor("embeddings.word_embeddings.weight", vocabularySize, embeddingWidth),
    { name: USE_LITE_POSITIONS, shape: [maxLength, embeddingWidth], constant: true },
    ...blocks.flatMap((block) => [...normTensors(block.norms[0], block.width), ...normTensors(block.norms[1], width)]),
    ...layers.flatMap(layerTensors),
  ];

  const states = (forward: Forward, batch: Batch): Tensor[] => {
    const { tape, weights } = forward;
    const words = gatherRows(tape, tensorOf(weights, "embeddings.word_embeddings.weight"), batch.ids);
    const table = tensorOf(weights, USE_LITE_POSITIONS);
    let x = addRepeated(tape, add(tape, words, words), positions(tape, table, batch.ids.shape[1]!));
    const all = [x];
    for (const { width: from, norms, qkv, output, residual, up, down } of blocks) {
      x = forward.block(x, (input) => {
        const projected = forward.linear(qkv, norm(forward, norms[0], input, epsilon));
        const attended = attend(tape, batch, fused(projected, from), { width: from, heads, causal: false });
        const kept = residual ? forward.linear(residual, input) : input;
        const middle = add(tape, forward.dropout(forward.linear(output, attended)), kept);
        const inner = activate(tape, config.activation, forward.linear(up, norm(forward, norms[1], middle, epsilon)));
        return add(tape, forward.dropout(forward.linear(down, inner)), middle);
      });
      all.push(x);
    }
    return all;
  };
  const hidden = (forward: Forward, batch: Batch): Tensor => states(forward, batch).at(-1)!;

  return {
    family: "use-lite",
    width,
    sentenceWidth: width,
    maxLength,
    vocabularySize,
    layers,
    tensors,
    poolsSentences: true,
    states,
    hidden,
    sentence(forward, batch) {
      const { tape } = forward;
      const mean = meanPool(tape, hidden(forward, batch), batch.mask);
      return normalizeRows(tape, tanh(tape, forward.linear(pooler, mean)));
    },
  };
}

/**
 * [sin(t·rⱼ), cos(t·rⱼ)] for positions t and j = 0 … width/2 − 1, with rates rⱼ = 10000^(−j / (width/2 − 1)).
 *
 * @returns [length, width], row-major: the sines of a position, then its cosines.
 */
export function sinusoids(length: number, width: number): Float32Array {
  const half = width / 2;
  const values = new Float32Array(length * width);
  for (let position = 0; position < length; position++) {
    for (let index = 0; index < half; index++) {
      const angle = position * 10_000 ** (-index / (half - 1));
      values[position * width + index] = Math.sin(angle);
      values[position * width + half + index] = Math.cos(angle);
    }
  }
  return values;
}
