import type { HostTensor } from "../checkpoint/safetensors.ts";
import { sizeOf } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import type { LoadedModel } from "./loadModel.ts";
import type { ModelTensor } from "./transformer.ts";

/** Standard deviation of matrices and embeddings, that of BERT and GPT-2. */
const DEVIATION = 0.02;

/** Number of the first tensor's random stream; the others follow. */
const FIRST_STREAM = 30_000;

/**
 * A model whose learnt weights are random: matrices and embeddings normal with deviation 0.02, biases zero, the weights of
 * norms one (Radford et al., 2019). Every tensor draws from a stream of its own.
 */
export function initialised(model: LoadedModel, seed: number): LoadedModel {
  const tensors = new Map<string, HostTensor>(model.tensors);
  for (const [at, tensor] of model.transformer.tensors.entries()) {
    if (tensor.constant) continue;
    const { shape } = tensor;
    tensors.set(tensor.name, {
      ...{ shape, format: "float32" },
      // Drawn when they are asked for, and not kept.
      get values() {
        return startOf(tensor, new RandomStream(seed, FIRST_STREAM + at));
      },
    });
  }
  return { ...model, tensors, notFinite: [] };
}

function startOf({ name, shape }: ModelTensor, stream: RandomStream): Float32Array {
  const size = sizeOf(shape);
  if (shape.length > 1) return Float32Array.from(stream.normals(size), (x) => DEVIATION * x);
  return new Float32Array(size).fill(/(^|[._])(bias|beta)$/.test(name) ? 0 : 1);
}
