import { number } from "../../field.ts";
import { gradientSubspace } from "../../linalg/gradientSubspace.ts";
import { MOST_COLUMNS } from "../../linalg/orthonormalise.ts";
import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { LayerShape } from "../layer.ts";
import type { Search } from "./initialiser.ts";

export const calibrationBatches = number(
  "Calibration batches",
  4,
  { min: 1, max: 16, whole: true },
  "Batches whose gradient the bases are taken from, and that updates are compared with.",
);

export const startSteps = {
  ...number(
    "Power steps",
    16,
    { min: 1, max: 64, whole: true },
    "Of the search for directions that A and B start in; more are closer to a singular value decomposition.",
  ),
  since: 6,
} as const;

/** Power steps of the subspace iteration; with the extra columns enough for 0.999 of the optimum on real gradients. */
export const POWER_STEPS = 3;

/** Columns of the subspace iteration for `count` directions: eight more, where the layer has them. */
export function sketchColumns(count: number, { inFeatures, outFeatures }: LayerShape): number {
  return Math.min(count + 8, inFeatures, outFeatures, MOST_COLUMNS);
}

/** Top singular directions: left [layers, in, count], right [layers, out, count], and values [layers, more], largest first. */
export function topDirections(
  tape: Tape,
  { matrices, random }: Pick<Search, "matrices" | "random">,
  { count, iterations = POWER_STEPS }: { readonly count: number; readonly iterations?: number },
): { left: Tensor; right: Tensor; values: Tensor } {
  const [layers, inFeatures, outFeatures] = matrices.shape as [number, number, number];
  const sketch = random("range finder", [layers, outFeatures, sketchColumns(count, { inFeatures, outFeatures })]);
  return gradientSubspace(tape, matrices, { count, random: sketch, iterations });
}

/** Columns [layers, rows, count] of stacked bases. */
export function columnsOf(tape: Tape, basis: Tensor, count: number, offset = 0): Tensor {
  return tape.view(basis, { shape: [...basis.shape.slice(0, 2), count], strides: basis.strides, offset });
}
