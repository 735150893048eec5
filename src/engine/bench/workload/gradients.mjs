// A layer's gradient as training meets it: G = Xᵀ·dY of a few hundred tokens, with singular values that fall off.
import { normals } from "./numbers.mjs";

export const gradientTokens = 512;

/** @returns X and dY, [tokens, size] each, row-major float32; token t's part of G shrinks as 1 / (1 + t). */
export function layerGradient(size) {
  const count = gradientTokens * size;
  const inputs = normals(3, `inputs of ${size}`, count, 1);
  const outputGradients = normals(4, `output gradients of ${size}`, count, 1);
  return { inputs, outputGradients: outputGradients.map((value, at) => value / (1 + Math.floor(at / size))) };
}

/** G [size, size] in float64, row-major. */
export function gradientOf({ inputs, outputGradients }, size) {
  const gradient = new Float64Array(size * size);
  for (let token = 0; token < gradientTokens; token++) {
    for (let row = 0; row < size; row++) {
      const factor = inputs[token * size + row];
      for (let col = 0; col < size; col++) gradient[row * size + col] += factor * outputGradients[token * size + col];
    }
  }
  return gradient;
}
