import type { FieldValue } from "../../field.ts";
import { adamw } from "./adamw.ts";
import { type ChosenOptimizer, chosen, type Optimizer } from "./optimizer.ts";
import { sgd } from "./sgd.ts";

/** Every optimizer, by the name that settings, links and files use. */
export const optimizers = { adamw, sgd } as const satisfies Record<string, Optimizer>;

export type OptimizerName = keyof typeof optimizers;

/** The fields of all entries of a family in one. */
type FieldsOf<T> = {
  [K in keyof T]: T[K] extends { readonly fields: infer F } ? (fields: F) => void : never;
}[keyof T] extends (fields: infer All) => void
  ? All
  : never;

/** The settings of all optimizers, by name. */
export const optimizerFields = Object.assign({}, ...Object.values(optimizers).map(({ fields }) => fields)) as FieldsOf<
  typeof optimizers
>;

export type OptimizerSettings = { readonly optimizer: OptimizerName } & {
  readonly [K in keyof typeof optimizerFields]: FieldValue<(typeof optimizerFields)[K]>;
};

/** What a run updates its parameters with: the chosen optimizer, and after it that of what it leaves. */
export function optimizersOf(settings: OptimizerSettings): ChosenOptimizer[] {
  return chosen(optimizers[settings.optimizer], settings);
}
