import { optimizers } from "../methods/optimizers/index.ts";
import type { Optimizer } from "../methods/optimizers/optimizer.ts";
import { defaultConfig, type FieldName, type RunConfig, type runFields } from "./config.ts";

/** What each method writes ΔW as; W is frozen unless it says otherwise. */
export const methodEquations: Readonly<Record<keyof typeof runFields.method.options, string>> = {
  "deep-lora-compressed": "ΔWᵀ = U · Wʟ ⋯ W₁ · Vᵀ",
  "deep-lora-narrow": "ΔW = Wʟ ⋯ W₂ W₁, of inner width r",
  "deep-lora-full": "ΔW = Wʟ ⋯ W₂ W₁, of full width",
  lora: "ΔW = (α / r) · B A",
  "lora-paper": "ΔW = B A, A ~ N(0, 1)",
  full: "W itself is trained",
  head: "ΔW = 0, only the output layer is trained",
};

type Size = Readonly<Record<"rank" | "depth" | "gamma", number>>;
const outer = (n: number, m: number, { rank }: Size) => rank * (n + m);

/** Numbers that each method trains in the update of a layer with n inputs and m outputs. */
export const updateParameters: Readonly<
  Record<keyof typeof methodEquations, (n: number, m: number, s: Size) => number>
> = {
  // Outer factors that learn at no rate are not trained.
  "deep-lora-compressed": (n, m, s) => (s.gamma > 0 ? outer(n, m, s) : 0) + s.depth * s.rank ** 2,
  "deep-lora-narrow": (n, m, s) => outer(n, m, s) + (s.depth - 2) * s.rank ** 2,
  "deep-lora-full": (n, m, { depth }) => Math.min(n, m) * (n + m) + (depth - 2) * Math.min(n, m) ** 2,
  lora: outer,
  "lora-paper": outer,
  full: (n, m) => n * m,
  head: () => 0,
};

/**
 * What suits each method on the Start preset: what the sweep behind the README's table chose there, and a smaller rate
 * for the two that are not in it. A change of method brings its own along.
 */
export const suitedLearningRates: Readonly<Record<keyof typeof runFields.method.options, number>> = {
  "deep-lora-compressed": 3e-3,
  "deep-lora-narrow": 3e-3,
  "deep-lora-full": 2e-4,
  lora: 1e-3,
  "lora-paper": 1e-4,
  full: 1e-4,
  head: 1e-3,
};

/** What a setting is unless somebody chose otherwise: its default, but for the learning rate, which the optimizer may
 * bring along, and else the method. */
export function usualValue(name: FieldName, config: Pick<RunConfig, "method" | "optimizer">): RunConfig[FieldName] {
  return name === "learningRate" ? suitedLearningRate(config) : defaultConfig[name];
}

export function suitedLearningRate({ method, optimizer }: Pick<RunConfig, "method" | "optimizer">): number {
  const { learningRate }: Optimizer = optimizers[optimizer];
  return learningRate ?? suitedLearningRates[method];
}
