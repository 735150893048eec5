// Updates ΔW = left · core · rightᵀ of many layers whose singular values are known: orthonormal outer factors, and a
// diagonal core that falls over three decades.

export const updateLayers = 24;
export const updateWidth = 768;

export function knownValues(rank: number): number[] {
  return Array.from({ length: rank }, (_, index) => 10 ** ((-3 * index) / Math.max(1, rank - 1)));
}
