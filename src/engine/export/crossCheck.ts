import type { HostTensor } from "../checkpoint/safetensors.ts";
import type { Device } from "../device/device.ts";
import { exportOnnx, type OnnxExport } from "../onnx/exportOnnx.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, readTensor, type Tensor } from "../ops/tensor.ts";
import { BatchInputs } from "../run/programs.ts";
import type { TrainingSession } from "../run/session.ts";
import { trainedTensors } from "./mergedFiles.ts";

/** The model before training, or as it is now. */
export type Which = "base" | "merged";

/** Tokens as ONNX graphs and PyTorch models take them, by the names that they have there. */
export type TokenInputs = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/** What a forward pass of the engine gave, by the names that the ONNX graph has for it. */
export interface EngineOutputs {
  readonly inputs: TokenInputs;
  readonly outputs: ReadonlyMap<string, HostTensor>;
  /** [rows, length] of what the outputs belong to: 1 for a token. */
  readonly mask: Float32Array;
}

/**
 * What the engine computes for the first validation examples: hidden states, logits where there are any, and sentence
 * vectors of use-lite. The model as it is now is run as it trains, with its update beside the frozen weights.
 *
 * @param most examples.
 */
export async function engineOutputs(
  device: Device,
  session: TrainingSession,
  which: Which,
  most = 4,
): Promise<EngineOutputs> {
  const { network, model } = session;
  const { shape, collated } = session.validationBatch(most);
  const workspace = new Workspace(device);
  const inputs = new BatchInputs(device, shape);
  await device.settle();
  inputs.write(device, collated);
  const tape = new Tape(device, workspace);
  const forward = which === "base" ? network.pretrained(tape) : network.forward(tape);
  const { transformer } = model;
  const kept = new Map<string, Tensor>();
  const keep = (name: string, tensor: Tensor) => {
    const copy = persistent(device, name, tensor.shape);
    tape.copy(tensor, copy);
    kept.set(name, copy);
  };
  if (transformer.family === "use-lite") keep("sentence_embedding", transformer.sentence(forward, inputs.batch));
  else {
    const hidden = transformer.hidden(forward, inputs.batch);
    // An encoder–decoder whose decoder does not run has no tokens to score.
    const isEncoderAlone = transformer.decoderStart !== undefined && !inputs.batch.decoder;
    keep(isEncoderAlone ? "encoder_last_hidden_state" : "last_hidden_state", hidden);
    if (transformer.logits && !isEncoderAlone) keep("logits", transformer.logits(forward, hidden));
  }
  const program = await tape.compile(`second opinion on the ${which} model`);
  void device.submit([program]);
  const outputs = new Map<string, HostTensor>();
  for (const [name, tensor] of kept) {
    outputs.set(name, { shape: tensor.shape, values: Float32Array.from(await readTensor(device, tensor)) });
    memoryOf(tensor).destroy();
  }
  program.destroy();
  inputs.destroy();
  workspace.destroy();
  const size = [shape.rows, shape.length];
  const { ids, mask, segments, decoder } = collated;
  const read: [string, Float32Array][] = [
    ["input_ids", ids],
    ["attention_mask", mask],
    ["token_type_ids", segments],
    // Graphs of encoder–decoders always have both sides; what the other side gives is not looked at.
    ["decoder_input_ids", decoder?.ids ?? ids],
  ];
  const given = read.map(([name, values]) => [name, { shape: size, values }] as const);
  return { inputs: new Map(given), outputs, mask: decoder?.mask ?? mask };
}

/** The graph and weights with which ONNX Runtime can say what it makes of the same tokens. */
export async function modelForOnnx(device: Device, session: TrainingSession, which: Which): Promise<OnnxExport> {
  const { config, tensors } = session.model;
  return exportOnnx(config, which === "base" ? tensors : await trainedTensors(device, session));
}
