import type { BertConfig } from "../checkpoint/config.ts";
import { add } from "../ops/add.ts";
import { embedTokens } from "../ops/embedTokens.ts";
import { firstToken } from "../ops/firstToken.ts";
import { tanh } from "../ops/tanh.ts";
import type { Tensor } from "../ops/tensor.ts";
import { activate, addRepeated, attend, norm, positions, sentenceVectors } from "./blocks.ts";
import {
  type Batch,
  denseLayer,
  type Forward,
  type LinearLayer,
  layerTensors,
  type ModelTensor,
  matrixTensor,
  normTensors,
  type Transformer,
  tensorOf,
} from "./transformer.ts";

type BlockPart = "query" | "key" | "value" | "output" | "up" | "down";

/** What the parts of a block are called in the checkpoint. */
interface BlockNames extends Readonly<Record<BlockPart | "outputNorm" | "downNorm", string>> {
  /** Stands, with the block's number, before all others. */
  readonly blocks: string;
}

const bertNames: BlockNames = {
  blocks: "encoder.layer",
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  output: "attention.output.dense",
  outputNorm: "attention.output.LayerNorm",
  up: "intermediate.dense",
  down: "output.dense",
  downNorm: "output.LayerNorm",
};

const namesOf: Readonly<Record<BertConfig["family"], BlockNames>> = {
  bert: bertNames,
  roberta: bertNames,
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
};

/**
 * BERT's encoder (Devlin et al., 2019, arXiv 1810.04805): normalisation after every residual sum. Dropout follows the
 * embeddings and the layers output and down; attention weights are not dropped. RoBERTa starts its positions later and
 * knows one kind of segment, DistilBERT none.
 *
 * @param hasPooler whether the checkpoint has the layer that makes `pooled`.
 */
export function bert(config: BertConfig, { hasPooler }: { hasPooler: boolean }): Transformer {
  const { family, width, innerWidth, heads, epsilon, vocabularySize, segmentTypes, firstPosition } = config;
  const names = namesOf[family];
  const blocks = Array.from({ length: config.blocks }, (_, index) => {
    const at = `${names.blocks}.${index}`;
    const part = (kind: BlockPart, from: number, to: number) =>
      denseLayer(`${index}.${kind}`, `${at}.${names[kind]}`, from, to, kind);
    return {
      query: part("query", width, width),
      key: part("key", width, width),
      value: part("value", width, width),
      output: part("output", width, width),
      outputNorm: `${at}.${names.outputNorm}`,
      up: part("up", width, innerWidth),
      down: part("down", innerWidth, width),
      downNorm: `${at}.${names.downNorm}`,
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
    const types = batch.segments && segmentTypes > 1 ? { table: table("token_type"), ids: batch.segments } : undefined;
    const places = positions(tape, table("position"), batch.ids.shape[1]!, firstPosition);
    const embedded = embedTokens(tape, { table: table("word"), ids: batch.ids }, places, types);
    const typed =
      segmentTypes > 0 && !types ? addRepeated(tape, embedded, tape.slice(table("token_type"), 0)) : embedded;
    let x = forward.dropout(norm(forward, "embeddings.LayerNorm", typed, epsilon));
    const all = [x];
    for (const block of blocks) {
      x = forward.block(x, (input) => {
        const project = (layer: LinearLayer) => ({ from: forward.linear(layer, input), offset: 0 });
        const parts = { query: project(block.query), key: project(block.key), value: project(block.value) };
        const attended = attend(tape, batch, parts, { width, heads, causal: false });
        const mixed = add(tape, forward.dropout(forward.linear(block.output, attended)), input);
        const middle = norm(forward, block.outputNorm, mixed, epsilon);
        const inner = activate(tape, config.activation, forward.linear(block.up, middle));
        const out = add(tape, forward.dropout(forward.linear(block.down, inner)), middle);
        return norm(forward, block.downNorm, out, epsilon);
      });
      all.push(x);
    }
    return all;
  };
  const hidden = (forward: Forward, batch: Batch): Tensor => states(forward, batch).at(-1)!;

  const vectors = sentenceVectors(config);
  return {
    family,
    width,
    sentenceWidth: vectors.sentenceWidth,
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
    sentence: (forward, batch) => vectors.pooled(forward, hidden(forward, batch), batch.mask),
    ...(pooler && {
      pooled: (forward, batch) =>
        tanh(forward.tape, forward.linear(pooler, firstToken(forward.tape, hidden(forward, batch)))),
    }),
  };
}

function tensorsOf(config: BertConfig, layers: readonly LinearLayer[], norms: readonly string[]): ModelTensor[] {
  const { width } = config;
  const named = (table: string) => `embeddings.${table}_embeddings.weight`;
  const added = (table: string, rows: number) => ({ name: named(table), shape: [rows, width] });
  return [
    matrixTensor(named("word"), config.vocabularySize, width),
    added("position", config.firstPosition + config.maxLength),
    ...(config.segmentTypes > 0 ? [added("token_type", config.segmentTypes)] : []),
    ...["embeddings.LayerNorm", ...norms].flatMap((name) => normTensors(name, width)),
    ...layers.flatMap(layerTensors),
  ];
}
