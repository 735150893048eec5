// Every kernel that processors compute in WebAssembly with 128-bit SIMD. How functions are called is said at `SimdPhase` in
// src/engine/kernels/kernel.ts.
export { relu, reluBackward, siluGate, siluGateBackward, tanhBackward, tanhForward } from "./activations";
export { cholesky } from "./cholesky";
export { layerNormScaleBackward, rmsNormScaleBackward, scatterAddRows, sumRows } from "./columns";
export { copyStrided } from "./copies";
export { dropout } from "./dropout";
export { add, fill, multiply, scaled, squaredError, squaredErrorBackward, subtract } from "./elementwise";
export { gelu, geluBackward } from "./gelu";
export { jacobi } from "./jacobi";
export { matmul } from "./matmul";
export {
  clipFactor,
  meanOfSums,
  meanOfSumsBackward,
  meanSquaredError,
  sumSquaresPartial,
  weightedMean,
  weightedMeanBackward,
  weightedSumsPartial,
} from "./means";
export { layerNorm, layerNormBackward, rmsNorm, rmsNormBackward } from "./norms";
export { accumulate, adamw, sgd, sgdMomentum } from "./optimizers";
export { maxPool, maxPoolBackward, meanPool, meanPoolBackward } from "./pooling";
export { relativeBias, relativeBiasBackward, rope } from "./positions";
export {
  embedTokens,
  gatherRows,
  inverseNorms,
  normalizeRows,
  normalizeRowsBackward,
  pairFeatures,
  pairFeaturesBackward,
} from "./rows";
export { attentionSoftmax, crossEntropy, crossEntropyBackward, softmaxBackward } from "./softmax";
export {
  adamDirection,
  descend,
  momentum,
  normalizeStack,
  stackSquaresPartial,
  takeUnlessStopped,
} from "./stacks";
export { FREE_FROM, WORKSPACE_BYTES, workspace } from "./workspace";
