// Initialisers by what adapters without a choice of their start need one for.

/** Normals of a deviation that is given. */
export { gaussian as normals } from "./gaussian.ts";
/** Of factors that never train. */
export { he as frozenFactor } from "./he.ts";
/** Of A, where B starts at 0. */
export { kaiming as factor } from "./kaiming.ts";
/** Of the factors of a product of several, and of outer ones. */
export { orthonormal as orthonormalFactor } from "./orthonormal.ts";
