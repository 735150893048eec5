import { ShapeError } from "../errors.ts";
import { pairFeaturesBackwardKernel, pairFeaturesKernel } from "../kernels/pairFeatures.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * What two sentence vectors u, v have to say of each other: [u ⊙ v, |u − v|, cos(u, v)].
 *
 * @param embeddings [2 · pairs, width]: the first sentences, then the second. @returns [pairs, 2 · width + 1].
 * @throws ShapeError when the number of rows is odd.
 */
export function pairFeatures(tape: Tape, embeddings: Tensor): Tensor {
  const [rows, width] = embeddings.shape as [number, number];
  if (embeddings.shape.length !== 2 || rows % 2 !== 0) {
    throw new ShapeError(`pairFeatures: ${embeddings.name} [${embeddings.shape}] does not split into pairs`);
  }
  const params = { pairs: rows / 2, width };
  const input = rowMajorOf(tape, embeddings);
  const features = tape.tensor(`pairs of ${embeddings.name}`, [rows / 2, 2 * width + 1]);
  tape.dispatch(pairFeaturesKernel, { tensors: { embeddings: input, features }, params });
  tape.record(features, [
    [
      embeddings,
      (grad) => {
        const dEmbeddings = tape.tensor(`d ${embeddings.name}`, embeddings.shape);
        const tensors = { embeddings: input, dFeatures: rowMajorOf(tape, grad), dEmbeddings };
        tape.dispatch(pairFeaturesBackwardKernel, { tensors, params });
        return dEmbeddings;
      },
    ],
  ]);
  return features;
}
