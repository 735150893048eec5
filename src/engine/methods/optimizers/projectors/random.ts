import { orthonormalise } from "../../../linalg/orthonormalise.ts";
import { stacked } from "../../../ops/tensor.ts";
import { projector } from "./projector.ts";
import statement from "./random.py?raw";

/** A uniformly random subspace, for comparison: whatever it does better than, the gradient's directions were worth. */
export const randomProjector = projector({
  label: "Random directions",
  source: "He et al. 2024, arXiv:2410.11289",
  equation: "P = orth(N), N ~ N(0, 1)",
  fields: {},

  python: statement,

  basis(tape, { gradient, side, rank, random }) {
    const [, rows, cols] = gradient.shape as [number, number, number];
    const drawn = random(side === "right" ? cols : rows, rank);
    const spread = tape.tensor(drawn.name, drawn.shape, stacked(drawn.shape));
    tape.copy(drawn, spread);
    return orthonormalise(tape, spread).q;
  },
});
