import type { Adapter, ChosenAdapter } from "../methods/adapters/adapter.ts";
import { adapters } from "../methods/adapters/index.ts";
import { methodNamed } from "../methods/index.ts";
import { settingsOf } from "../methods/method.ts";
import type { RunConfig } from "./config.ts";

/** What of a network trains: low-rank updates of chosen layers, everything, or only the head. */
export type Trained =
  | ({ readonly kind: "adapter" } & ChosenAdapter)
  | { readonly kind: "full" }
  | { readonly kind: "head" };

/** What a run's settings have trained, and how its updates are written. */
export function trainedBy(config: RunConfig): Trained {
  const { method } = config;
  const adapter = adapterNamed(method);
  if (adapter) return { kind: "adapter", adapter, settings: settingsOf(adapter, config) };
  return { kind: methodNamed(method).trains === "weights" ? "full" : "head" };
}

/** Whether updates of chosen weights train, and whether there are weights to choose. */
export function hasTargets({ method }: Pick<RunConfig, "method">): boolean {
  return methodNamed(method).trains !== "head";
}

/** Whether updates have a rank that the settings limit. */
export function hasRank({ method }: Pick<RunConfig, "method">): boolean {
  return "rank" in methodNamed(method).fields;
}

/** Nothing for methods that are no adapter. */
export function adapterNamed(method: RunConfig["method"]): Adapter | undefined {
  return Object.hasOwn(adapters, method) ? adapters[method as keyof typeof adapters] : undefined;
}
