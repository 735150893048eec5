import type { BertConfig } from "../checkpoint/config.ts";
import { add } from "../ops/add.ts";
import { firstToken } from "../ops/firstToken.ts";
import { gatherRows } from "../ops/gatherRows.ts";
import { meanPool } from "../ops/meanPool.ts";
import { tanh } from "../ops/tanh.ts";
import type { Tensor } from "../ops/tensor.ts";
import { activate, addRepeated, attend, norm, positions } from "./blocks.ts";
import {
  type Batch,
  denseLayer,
  type Forward,
  type LinearLayer,
  layerTensors,
  type ModelTensor,
  normTensors,
  type Transformer,
  tensorOf,
} from "./transformer.ts";

type BlockPart = "query" | "key" | "value" | "output" | "up" | "down";

/**
 * BERT's encoder (Devlin et al., 2019, arXiv 1810.04805): normalisation after every residual sum. Dropout follows the
 * embeddings and the layers output and down; attention weights are not dropped.
 *
 * @param hasPooler whether the checkpoint has the layer that makes `pooled`.
 */
export function bert(config: BertConfig, { hasPooler }: { hasPooler: boolean }): Transformer {
  const { width, innerWidth, heads, epsilon, vocabularySize } = config;
  const blocks = Array.from({ length: config.blocks }, (_, index) => {
    const at = `encoder.layer.${index}`;
    const part = (kind: BlockPart, name: string, from: number, to: number) =>
      denseLayer(`${index}.${kind}`, `${at}.${name}`, from, to, kind);
    return {
      query: part("query", "attention.self.query", width, width),
      key: part("key", "attention.self.key", width, width),
      value: part("value", "attention.self.value", width, width),
      output: part("output", "attention.output.dense", width, width),
      outputNorm: `${at}.attention.output.LayerNorm`,
      up: part("up", "intermediate.dense", width, innerWidth),
      down: part("down", "output.dense", innerWidth, width),
      downNorm: `${at}.output.LayerNorm`,
    };
  });
  const pooler = hasPooler ? denseLayer("pooler", "pooler.dense", width, width, "pooler") : undefined;
  const layers = [
    ...blocks.flatMap(({ query, key, value, output, up, down }) => [query, key, value, output, up, down]),
    ...(pooler ? [pooler] : []),
  ];

  const states = (forward: Forward, batch: Batch): Tensor[] => {
    const { tape, weights } = forward;
    const table = (name: string) => tensorOf(weights, `embeddings.${name}_embeddings.weight`);
    const words = gatherRows(tape, table("word"), batch.ids);
    const placed = addRepeated(tape, words, positions(tape, table("position"), batch.ids.shape[1]!));
    const typed = batch.segments
      ? add(tape, placed, gatherRows(tape, table("token_type"), batch.segments))
      : addRepeated(tape, placed, tape.slice(table("token_type"), 0));
    let x = forward.dropout(norm(forward, "embeddings.LayerNorm", typed, epsilon));
    const all = [x];
    for (const block of blocks) {
      const project = (layer: LinearLayer) => ({ from: forward.linear(layer, x), offset: 0 });
      const parts = { query: project(block.query), key: project(block.key), value: project(block.value) };
      const attended = attend(tape, batch, parts, { width, heads, causal: false });
      const mixed = add(tape, forward.dropout(forward.linear(block.output, attended)), x);
      const middle = norm(forward, block.outputNorm, mixed, epsilon);
      const inner = activate(tape, config.activation, forward.linear(block.up, middle));
      x = norm(forward, block.downNorm, add(tape, forward.dropout(forward.linear(block.down, inner)), middle), epsilon);
      all.push(x);
    }
    return all;
  };
  const hidden = (forward: Forward, batch: Batch): Tensor => states(forward, batch).at(-1)!;

  return {
    family: "bert",
    width,
    sentenceWidth: width,
    maxLength: config.maxLength,
    vocabularySize,
    layers,
    tensors: tensorsOf(
      config,
      layers,
      blocks.flatMap(({ outputNorm, downNorm }) => [outputNorm, downNorm]),
    ),
    poolsSentences: false,
    states,
    hidden,
    sentence: (forward, batch) => meanPool(forward.tape, hidden(forward, batch), batch.mask),
    ...(pooler && {
      pooled: (forward, batch) =>
        tanh(forward.tape, forward.linear(pooler, firstToken(forward.tape, hidden(forward, batch)))),
    }),
  };
}

function tensorsOf(config: BertConfig, layers: readonly LinearLayer[], norms: readonly string[]): ModelTensor[] {
  const { width } = config;
  const table = (name: string, rows: number) => ({
    name: `embeddings.${name}_embeddings.weight`,
    shape: [rows, width],
  });
  return [
    table("word", config.vocabularySize),
    table("position", config.maxLength),
    table("token_type", config.segmentTypes),
    ...["embeddings.LayerNorm", ...norms].flatMap((name) => normTensors(name, width)),
    ...layers.flatMap(layerTensors),
  ];
}
