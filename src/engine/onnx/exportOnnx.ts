import type { ModelConfig } from "../checkpoint/config.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { type StreamedFile, streamSafetensors } from "../checkpoint/streamSafetensors.ts";
import { constantsOf } from "../model/loadModel.ts";
import { gpt2Graph, llamaGraph } from "./decoders.ts";
import { bertGraph, sentenceEncoderGraph } from "./encoders.ts";
import { GraphBuilder, type WeightFile, weightFileOf } from "./graph.ts";
import { t5Graph } from "./t5.ts";

/** A model for ONNX Runtime: the graph, and beside it the file with its weights. */
export interface OnnxExport {
  readonly "model.onnx": Uint8Array<ArrayBuffer>;
  readonly "model.safetensors": StreamedFile;
}

/**
 * The forward pass of a model as an ONNX graph, written from its configuration alone and not from how the engine
 * computes it: it serves as a second opinion. Inputs are int64 and named as transformers names them: `input_ids`,
 * `attention_mask`, `token_type_ids` of models with several kinds of segment, and `decoder_input_ids` of T5, each
 * [rows, length]. Outputs are float32: `last_hidden_state`; `logits` of language models; `pooler_output` of encoders
 * with a pooler; `encoder_last_hidden_state` of T5; `sentence_embedding` of use-lite.
 *
 * @param weights where the tensors lie; float32, by their names in the checkpoint.
 * @throws CheckpointError when a tensor is missing.
 */
export function onnxGraph(config: ModelConfig, weights: WeightFile): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder(config.family, weights);
  switch (config.family) {
    case "bert":
    case "roberta":
    case "distilbert":
      bertGraph(graph, config);
      break;
    case "gpt2":
      gpt2Graph(graph, config);
      break;
    case "llama":
      llamaGraph(graph, config);
      break;
    case "t5":
      t5Graph(graph, config);
      break;
    case "use-lite":
      sentenceEncoderGraph(graph, config);
      break;
  }
  return graph.finish();
}

/**
 * A base or merged model as files that ONNX Runtime opens from one folder. Where float32 safetensors are there already,
 * `onnxGraph` with `weightFileOf` makes the graph for them as they are.
 *
 * @param tensors by their names in the checkpoint, without a prefix. Constants may be among them and are left out: the
 *   graph computes its own.
 * @throws CheckpointError when a tensor is missing.
 */
export function exportOnnx(config: ModelConfig, tensors: ReadonlyMap<string, HostTensor>): OnnxExport {
  const constants = constantsOf(config);
  const learnt = new Map([...tensors].filter(([name]) => !constants.has(name)));
  const weights = streamSafetensors(learnt, { format: "pt" });
  return { "model.onnx": onnxGraph(config, weightFileOf(weights.head)), "model.safetensors": weights };
}
