import type { FieldValue } from "../../field.ts";
import { fieldsOf } from "../method.ts";
import { adamw } from "./adamw.ts";
import { galore } from "./galore.ts";
import { muon } from "./muon.ts";
import { type ChosenOptimizer, chosen, type Optimizer } from "./optimizer.ts";
import { sgd } from "./sgd.ts";

/** Every optimizer, by the name that settings, links and files use. */
export const optimizers = { adamw, sgd, muon, galore } as const satisfies Record<string, Optimizer>;

export type OptimizerName = keyof typeof optimizers;

/** The settings of all optimizers, by name. */
export const optimizerFields = fieldsOf(optimizers);

export type OptimizerSettings = { readonly optimizer: OptimizerName } & {
  readonly [K in keyof typeof optimizerFields]: FieldValue<(typeof optimizerFields)[K]>;
};

/** What a run updates its parameters with: the chosen optimizer, and after it that of what it leaves. */
export function optimizersOf(settings: OptimizerSettings): ChosenOptimizer[] {
  return chosen(optimizers[settings.optimizer], settings);
}
