import { methods } from "../../engine/methods/index.ts";
import { defaultConfig, type RunConfig } from "../../engine/settings/config.ts";
import { applies } from "../../engine/settings/problems.ts";

/** Factors of the usual Deep LoRA. */
export const FACTORS = defaultConfig.depth;

/** That many in words, as texts have it. */
export const factorsInWords = ["no", "one", "two", "three", "four", "five", "six"][FACTORS] ?? String(FACTORS);

/** The most factors that are written one by one. */
const WRITTEN_OUT = 4;

const subscript = (count: number) => String(count).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]!);

/** The product of so many factors: W₃ W₂ W₁. */
export function productOf(depth: number): string {
  if (depth > WRITTEN_OUT) return `W${subscript(depth)} ⋯ W₁`;
  return Array.from({ length: depth }, (_, at) => `W${subscript(depth - at)}`).join(" ");
}

/** The update in symbols, with as many factors as the settings say where a method's equation has L of them. */
export function equationOf(config: RunConfig): string {
  const { equation } = methods[config.method];
  return applies("depth", config) ? equation.replace(/Wʟ ⋯ (W₂ )?W₁/, productOf(config.depth)) : equation;
}
