import type { ModelConfig } from "../checkpoint/config.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { gpt2Graph } from "./decoders.ts";
import { bertGraph, sentenceEncoderGraph } from "./encoders.ts";
import { GraphBuilder, type WeightFile, weightFileOf } from "./graph.ts";

/** A model for ONNX Runtime: the graph, and beside it the file with its weights. */
export interface OnnxExport {
  readonly "model.onnx": Uint8Array<ArrayBuffer>;
  readonly "model.safetensors": Uint8Array<ArrayBuffer>;
}

/**
 * The forward pass of a model as an ONNX graph, written from its configuration alone and not from how the engine
 * computes it: it serves as a second opinion. Inputs are int64 and named as transformers names them: `input_ids`,
 * `attention_mask` and, for BERT, `token_type_ids`, each [rows, length]. Outputs are float32: `last_hidden_state`;
 * `logits` of language models; `pooler_output` of BERT with a pooler; `sentence_embedding` of use-lite.
 *
 * @param weights where the tensors lie; float32, by their names in the checkpoint.
 * @throws CheckpointError when a tensor is missing.
 */
export function onnxGraph(config: ModelConfig, weights: WeightFile): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder(config.family, weights);
  switch (config.family) {
    case "bert":
      bertGraph(graph, config);
      break;
    case "gpt2":
      gpt2Graph(graph, config);
      break;
    case "use-lite":
      sentenceEncoderGraph(graph, config);
      break;
  }
  return graph.finish();
}

/**
 * A base or merged model as files that ONNX Runtime opens from one folder. The weights are float32 safetensors, which
 * transformers loads with the model's config.json, too.
 *
 * @param tensors as a checkpoint has them, by names without a prefix; all of them are written.
 * @throws CheckpointError when a tensor is missing.
 */
export function exportOnnx(config: ModelConfig, tensors: ReadonlyMap<string, HostTensor>): OnnxExport {
  const buffer = writeSafetensors(tensors, { format: "pt" });
  return {
    "model.onnx": onnxGraph(config, weightFileOf(buffer)),
    "model.safetensors": new Uint8Array(buffer),
  };
}
