// A layer's gradient as training meets it: G = Xᵀ·dY of a few hundred tokens, with singular values that fall off.
import { normals } from "./numbers.ts";

/** The parts of a layer's gradient, [tokens, size] each, row-major. */
export interface LayerGradient {
  readonly inputs: Float32Array;
  readonly outputGradients: Float32Array;
}

export const gradientTokens = 512;

/** X and dY; token t's part of G shrinks as 1 / (1 + t). */
export function layerGradient(size: number): LayerGradient {
  const count = gradientTokens * size;
  const inputs = normals(3, `inputs of ${size}`, count, 1);
  const outputGradients = normals(4, `output gradients of ${size}`, count, 1);
  return { inputs, outputGradients: outputGradients.map((value, at) => value / (1 + Math.floor(at / size))) };
}

/** G [size, size] in float64, row-major. */
export function gradientOf({ inputs, outputGradients }: LayerGradient, size: number): Float64Array {
  const gradient = new Float64Array(size * size);
  for (let token = 0; token < gradientTokens; token++) {
    for (let row = 0; row < size; row++) {
      const factor = inputs[token * size + row]!;
      for (let col = 0; col < size; col++) gradient[row * size + col]! += factor * outputGradients[token * size + col]!;
    }
  }
  return gradient;
}
