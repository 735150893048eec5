import operands from "../../../shaders/lib/matmul_operands.wgsl?raw";
import blockOfSeveral from "../../../shaders/lib/matmul_several.wgsl?raw";
import inLoop from "../../../shaders/lib/matmul_store_row_loop.wgsl?raw";
import type { Several } from "./kernel.ts";

/** How product shaders take several products: most of them, and what stands in each set beside the parameters of one. */
export const severalProducts: Several = {
  most: Number(/array<Params, (\d+)>/.exec(operands)![1]),
  fields: ["first", "end", "terms"],
};

/**
 * The two texts of a product shader. Its files say how several products are computed by one dispatch. The text for one is
 * theirs without that, since a software adapter looks a parameter up in each lane once it is one of several.
 *
 * @param storeRow how the one for one stores rows.
 */
export function productTexts(text: string, storeRow: string): { readonly source: string; readonly several: string } {
  return { source: forOneProduct(text, storeRow), several: text + inLoop + blockOfSeveral };
}

/** The text for one product alone. */
export function forOneProduct(text: string, storeRow: string): string {
  return (text + storeRow)
    .replace(/^.*\/\/ several\n/gm, "")
    .replace(/\bparams\[(at\.)?g\]/g, "params")
    .replace(/array<Params, \d+>/, "Params");
}
