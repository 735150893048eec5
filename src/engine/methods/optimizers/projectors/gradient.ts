import { number, since } from "../../../field.ts";
import { gradientSubspace } from "../../../linalg/gradientSubspace.ts";
import statement from "./gradient.py?raw";
import { projector } from "./projector.ts";

/** Columns of the range finder beyond the rank, and the most that it may have. */
const [EXTRA, MOST] = [8, 64];

/** The gradient's top singular subspace, by randomised subspace iteration. */
export const gradientProjector = projector({
  label: "Gradient's top directions",
  source: "Zhao et al. 2024, arXiv:2403.03507; Halko et al. 2011, arXiv:0909.4061",
  equation: "P = top r singular vectors of G",
  fields: {
    powerIterations: since(
      5,
      number(
        "Power iterations",
        2,
        { min: 0, max: 32, whole: true },
        "Of the subspace iteration that finds a basis; more are closer to the singular vectors.",
      ),
    ),
  },

  python: statement,

  basis(tape, { gradient, side, rank: count, random }, { powerIterations: iterations }) {
    const [, rows, cols] = gradient.shape as [number, number, number];
    const drawn = random(cols, Math.min(count + EXTRA, rows, cols, MOST));
    return gradientSubspace(tape, gradient, { count, random: drawn, iterations })[side];
  },
});
