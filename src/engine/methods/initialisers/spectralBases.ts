import { calibrationBatches, topDirections } from "./directions.ts";
import { initialiser } from "./initialiser.ts";

/** The top subspaces of the loss's gradient G, whole: U = U_G and V = V_G. */
export const spectralBases = initialiser({
  kind: "directions",
  label: "First gradient only",
  source: "Yaras et al. 2024, arXiv:2406.04112",
  equation: "U = U_G, V = V_G of G = U_G S V_Gᵀ + …",
  fields: { calibrationBatches },
  of: "first gradient",
  isPaired: true,
  count: (rank) => rank,

  find(tape, search) {
    const { left, right } = topDirections(tape, search, { count: search.rank });
    return { input: left, output: right };
  },
});
