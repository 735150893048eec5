// Every kernel that processors compute in WebAssembly with 128-bit SIMD. How functions are called is said at `SimdPhase` in
// src/engine/kernels/kernel.ts.
export { relu, reluBackward, siluGate, siluGateBackward, tanhBackward, tanhForward } from "./activations";
export { layerNormScaleBackward, rmsNormScaleBackward, sumRows } from "./columns";
export { add, fill, multiply, scaled, squaredError, squaredErrorBackward, subtract } from "./elementwise";
export { gelu, geluBackward } from "./gelu";
export { layerNorm, layerNormBackward, rmsNorm, rmsNormBackward } from "./norms";
export { attentionSoftmax, crossEntropy, crossEntropyBackward, softmaxBackward } from "./softmax";
