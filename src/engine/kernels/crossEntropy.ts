import source from "../../../shaders/cross_entropy.wgsl?raw";
import backwardSource from "../../../shaders/cross_entropy_backward.wgsl?raw";
import { defineKernel, type Numbers, rowVariants } from "./kernel.ts";

/** Negative log-likelihood of each row's label under the softmax of its logits. */
export const crossEntropyKernel = defineKernel({
  name: "cross_entropy",
  reads: ["logits", "labels"],
  writes: ["loss"],
  params: { rows: "u32", classes: "u32" },
  variants: rowVariants("cross_entropy", source),
  simd: ({ rows }) => [{ entry: "crossEntropy", units: rows }],

  reference({ logits, labels, loss }, { rows, classes }) {
    for (let row = 0; row < rows; row++) {
      const own = logits.subarray(row * classes, (row + 1) * classes);
      const { largest, sum } = softmaxParts(own);
      loss[row] = Math.log(sum) + largest - own[labels[row]!]!;
    }
  },
});

/** Its gradient with respect to the logits: weighted probabilities, less the weight at the label. */
export const crossEntropyBackwardKernel = defineKernel({
  name: "cross_entropy_backward",
  reads: ["logits", "labels", "dLoss"],
  writes: ["dLogits"],
  params: { rows: "u32", classes: "u32" },
  variants: rowVariants("cross_entropy_backward", backwardSource),
  simd: ({ rows }) => [{ entry: "crossEntropyBackward", units: rows }],

  reference({ logits, labels, dLoss, dLogits }, { rows, classes }) {
    for (let row = 0; row < rows; row++) {
      const own = logits.subarray(row * classes, (row + 1) * classes);
      const gradient = dLogits.subarray(row * classes, (row + 1) * classes);
      const { sum } = softmaxParts(own, gradient);
      const weight = dLoss[row]!;
      const label = labels[row]!;
      for (let i = 0; i < classes; i++) gradient[i] = weight * (gradient[i]! / sum - (i === label ? 1 : 0));
    }
  },
});

/** @param shares takes the exponentials, which are the softmax once they are divided by their sum. */
function softmaxParts(logits: Numbers, shares?: Numbers): { largest: number; sum: number } {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]!);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const share = Math.exp(logits[i]! - largest);
    if (shares) shares[i] = share;
    sum += share;
  }
  return { largest, sum };
}
