import { orthogonalComplement } from "../../linalg/orthogonalComplement.ts";
import { sideBySide } from "../../ops/sideBySide.ts";
import type { Tensor } from "../../ops/tensor.ts";
import { calibrationBatches, topDirections } from "./directions.ts";
import { initialiser } from "./initialiser.ts";

/**
 * Half of each basis is the top subspace of the loss's gradient G, half is random and orthogonal to it: U = [R_u, U_G] and
 * V = [V_G, R_v], which is a draw of the construction of the Deep LoRA paper (Yaras et al., 2024, arXiv:2406.04112, §4).
 */
export const gradientBases = initialiser({
  kind: "directions",
  label: "First gradient + random",
  source: "Yaras et al. 2024, arXiv:2406.04112",
  equation: "U = [R_u, U_G], V = [V_G, R_v] of G = U_G S V_Gᵀ + …",
  fields: { calibrationBatches },
  halves: "half of the compressed bases come from the gradient",
  of: "first gradient",
  count: (rank) => rank,

  find(tape, search) {
    const { left, right } = topDirections(tape, search, { count: search.rank / 2 });
    const complement = (basis: Tensor) => orthogonalComplement(tape, basis, search.random("complement", basis.shape));
    return {
      input: sideBySide(tape, [complement(left), left]),
      output: sideBySide(tape, [right, complement(right)]),
    };
  },
});
