import type { T5Config } from "../checkpoint/config.ts";
import { add } from "../ops/add.ts";
import { attention } from "../ops/attention.ts";
import { gatherRows } from "../ops/gatherRows.ts";
import { multiply } from "../ops/multiply.ts";
import { relativeBias } from "../ops/relativeBias.ts";
import { rmsNorm } from "../ops/rmsNorm.ts";
import type { Tensor } from "../ops/tensor.ts";
import { activate, sentenceVectors, tokenScores } from "./blocks.ts";
import {
  type Batch,
  type Forward,
  type LayerKind,
  type LinearLayer,
  layerTensors,
  type ModelTensor,
  matrixTensor,
  plainLayer,
  type Transformer,
  tensorOf,
} from "./transformer.ts";

type Side = "encoder" | "decoder";

/** Bucket of every distance between two tokens, computed by `relativeBuckets`. */
export const T5_BUCKETS: Readonly<Record<Side, string>> = {
  encoder: "encoder.relative_buckets",
  decoder: "decoder.relative_buckets",
};

const WORDS = "shared.weight";

/** The tensor of a norm, and the layers of what it comes before. */
interface Attention {
  readonly norm: string;
  readonly query: LinearLayer;
  readonly key: LinearLayer;
  readonly value: LinearLayer;
  readonly output: LinearLayer;
}

interface Perceptron {
  readonly norm: string;
  readonly gate?: LinearLayer;
  readonly up: LinearLayer;
  readonly down: LinearLayer;
}

interface Block {
  readonly own: Attention;
  /** Attention to what the encoder has read; only in the decoder. */
  readonly cross?: Attention;
  readonly mlp: Perceptron;
}

/**
 * T5 (Raffel et al., 2020, arXiv 1910.10683): an encoder and a decoder whose blocks begin every part with a root mean
 * square norm and add the part to what came before,
 *
 *   x = x + output(attention(norm(x))), in the decoder also with the encoder's last states as keys and values,
 *   x = x + down(relu(up(norm(x)))) or, in version 1.1, x + down(gelu(gate(norm(x))) ⊙ up(norm(x))),
 *
 * with one more norm at the end of each side. Scores of attention are not scaled; a learnt number for the distance is
 * added to those within a side, from one table a side. No layer has a bias. Decoder blocks are numbered on from the
 * encoder's. Dropout follows the embeddings and the layers output and down; attention weights are not dropped.
 *
 * @param hasHead whether the checkpoint has an output layer of its own, whatever its config says.
 */
export function t5(config: T5Config, { hasHead }: { hasHead: boolean }): Transformer {
  const { width, heads, headWidth, vocabularySize, decoderBlocks } = config;
  const encoder = Array.from({ length: config.blocks }, (_, index) => blockOf(config, "encoder", index));
  const decoder = Array.from({ length: decoderBlocks }, (_, index) => blockOf(config, "decoder", index));
  const blocks = [...encoder, ...decoder];
  const isWhole = decoderBlocks > 0;
  const sides: readonly Side[] = isWhole ? ["encoder", "decoder"] : ["encoder"];
  const head = isWhole && (hasHead || !config.tiedHead) ? "lm_head.weight" : WORDS;
  const layers = blocks.flatMap(({ own, cross, mlp }) => [own, ...(cross ? [cross] : []), mlp].flatMap(layersOf));
  const norms = blocks.flatMap(({ own, cross, mlp }) => [own.norm, ...(cross ? [cross.norm] : []), mlp.norm]);
  const tensors: ModelTensor[] = [
    matrixTensor(WORDS, vocabularySize, width),
    ...sides.flatMap((side) => [
      { name: T5_BUCKETS[side], shape: [2 * config.maxDistance + 1], constant: true as const },
      { name: biasTable(side), shape: [config.buckets, heads] },
    ]),
    ...[...norms, ...sides.map(lastNorm)].map((name) => ({ name, shape: [width] })),
    ...layers.flatMap(layerTensors),
    ...(head === WORDS ? [] : [matrixTensor(head, vocabularySize, width)]),
  ];

  const norm = ({ tape, weights }: Forward, name: string, x: Tensor) =>
    rmsNorm(tape, x, tensorOf(weights, name), config.epsilon);

  /** x + output(attention), of queries from `x` and keys and values from `source`, or from the same as the queries. */
  const attend = (
    forward: Forward,
    part: Attention,
    x: Tensor,
    options: { source?: Tensor; mask: Tensor; causal: boolean; bias?: Tensor },
  ): Tensor => {
    const { tape } = forward;
    const { source, ...rest } = options;
    const inner = heads * headWidth;
    const split = (projected: Tensor) => {
      const [rows, length] = projected.shape as [number, number];
      const strides = [length * inner, headWidth, inner, 1];
      return tape.view(projected, { shape: [rows, heads, length, headWidth], strides });
    };
    const normed = norm(forward, part.norm, x);
    const attended = attention(tape, {
      query: split(forward.linear(part.query, normed)),
      key: split(forward.linear(part.key, source ?? normed)),
      value: split(forward.linear(part.value, source ?? normed)),
      scale: 1,
      ...rest,
    });
    return add(tape, forward.dropout(forward.linear(part.output, attended)), x);
  };

  const perceptron = (forward: Forward, { norm: before, gate, up, down }: Perceptron, x: Tensor): Tensor => {
    const { tape } = forward;
    const normed = norm(forward, before, x);
    const activated = activate(tape, config.activation, forward.linear(gate ?? up, normed));
    const inner = gate ? multiply(tape, activated, forward.linear(up, normed)) : activated;
    return add(tape, forward.dropout(forward.linear(down, inner)), x);
  };

  const run = (
    forward: Forward,
    side: Side,
    { ids, mask }: { ids: Tensor; mask: Tensor },
    source?: { encoded: Tensor; mask: Tensor },
  ): Tensor[] => {
    const { tape, weights } = forward;
    const length = ids.shape[1]!;
    const table = tensorOf(weights, biasTable(side));
    const buckets = tensorOf(weights, T5_BUCKETS[side]);
    const bias = relativeBias(tape, table, buckets, { queries: length, keys: length });
    let x = forward.dropout(gatherRows(tape, tensorOf(weights, WORDS), ids));
    const all = [x];
    for (const { own, cross, mlp } of side === "encoder" ? encoder : decoder) {
      x = forward.block(x, (input) => {
        let y = attend(forward, own, input, { mask, causal: side === "decoder", bias });
        if (cross && source)
          y = attend(forward, cross, y, { source: source.encoded, mask: source.mask, causal: false });
        return perceptron(forward, mlp, y);
      });
      all.push(x);
    }
    all[all.length - 1] = norm(forward, lastNorm(side), x);
    return all;
  };

  const states = (forward: Forward, batch: Batch): Tensor[] => {
    const read = batch.encoded ? [batch.encoded] : run(forward, "encoder", batch);
    if (!batch.decoder) return read;
    const source = { encoded: read.at(-1)!, mask: batch.mask };
    return [...read, ...run(forward, "decoder", batch.decoder, source)];
  };

  const vectors = sentenceVectors(config);
  return {
    family: "t5",
    width,
    sentenceWidth: vectors.sentenceWidth,
    maxLength: config.maxLength,
    vocabularySize,
    layers,
    tensors,
    poolsSentences: false,
    states,
    hidden: (forward, batch) => states(forward, batch).at(-1)!,
    sentence: (forward, { ids, mask }) => vectors.pooled(forward, run(forward, "encoder", { ids, mask }).at(-1)!, mask),
    ...(isWhole && {
      decoderStart: config.decoderStart,
      logits: (forward: Forward, x: Tensor) =>
        tokenScores(forward, x, head, config.scalesHead ? 1 / Math.sqrt(width) : 1),
    }),
  };
}

function blockOf(config: T5Config, side: Side, index: number): Block {
  const { width, innerWidth, heads, headWidth, isGated } = config;
  const at = `${side}.block.${index}.layer`;
  const id = side === "encoder" ? index : config.blocks + index;
  const layer = (kind: LayerKind, name: string, from: number, to: number): LinearLayer => ({
    ...plainLayer(`${id}.${kind}`, `${at}.${name}`, from, to, kind),
    ...(side === "decoder" && { inDecoder: true as const }),
  });
  const attentionOf = (number: number, name: string, prefix: "" | "cross-"): Attention => ({
    norm: `${at}.${number}.layer_norm.weight`,
    query: layer(`${prefix}query`, `${number}.${name}.q`, width, heads * headWidth),
    key: layer(`${prefix}key`, `${number}.${name}.k`, width, heads * headWidth),
    value: layer(`${prefix}value`, `${number}.${name}.v`, width, heads * headWidth),
    output: layer(`${prefix}output`, `${number}.${name}.o`, heads * headWidth, width),
  });
  const last = side === "encoder" ? 1 : 2;
  const dense = `${last}.DenseReluDense`;
  return {
    own: attentionOf(0, "SelfAttention", ""),
    ...(side === "decoder" && { cross: attentionOf(1, "EncDecAttention", "cross-") }),
    mlp: {
      norm: `${at}.${last}.layer_norm.weight`,
      ...(isGated && { gate: layer("gate", `${dense}.wi_0`, width, innerWidth) }),
      up: layer("up", `${dense}.${isGated ? "wi_1" : "wi"}`, width, innerWidth),
      down: layer("down", `${dense}.wo`, innerWidth, width),
    },
  };
}

function layersOf({ norm, ...layers }: Attention | Perceptron): LinearLayer[] {
  return Object.values(layers);
}

function biasTable(side: Side): string {
  return `${side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`;
}

function lastNorm(side: Side): string {
  return `${side}.final_layer_norm.weight`;
}
