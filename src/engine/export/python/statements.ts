import { ConfigError } from "../../errors.ts";
import { methods } from "../../methods/index.ts";
import { optimizers } from "../../methods/optimizers/index.ts";
import type { Optimizer } from "../../methods/optimizers/optimizer.ts";
import { trainedBy } from "../../settings/chosenMethod.ts";
import { type FieldName, type RunConfig, runFields } from "../../settings/config.ts";

/** What of a Python program belongs to its method and optimizer alone. */
export interface Statements {
  /** None where the network itself or its head trains. */
  readonly method: readonly string[];
  readonly optimizer: string;
}

/** @throws ConfigError naming a method or an optimizer without a statement. */
export function statementsOf(config: RunConfig): Statements {
  if (!Object.hasOwn(methods, config.method)) refuse("method", config);
  const trained = trainedBy(config);
  const method = trained.kind === "adapter" ? [trained.adapter.python ?? refuse("method", config)] : [];
  const chosen: Optimizer | undefined = optimizers[config.optimizer];
  return { method, optimizer: chosen?.python?.(config) ?? refuse("optimizer", config) };
}

/** @throws ConfigError naming the setting that the program would leave out. */
export function refuse(name: FieldName, config: RunConfig): never {
  const label = Object.hasOwn(runFields, name) ? runFields[name].label : name;
  throw new ConfigError(
    `the Python program does not know ${label} "${config[name]}" (${name})`,
    "Export the adapter or the merged model instead.",
  );
}
