import type { RunConfig } from "../settings/config.ts";
import type { DataDescription } from "./inspectData.ts";

/** Shares by which the tokens of running text may be fewer than was counted, of all of it and of its beginning. */
const DOUBT = { counted: 0.01, estimated: 0.1 } as const;

/** The examples that are set, or all where a custom file has fewer to train on. */
export function fittingShots(
  { split, tokens, settings }: Pick<DataDescription, "split" | "tokens" | "settings">,
  { shots, maxTokens }: Pick<RunConfig, "shots" | "maxTokens">,
): RunConfig["shots"] {
  if (shots === "all" || !split) return shots;
  if (settings.dataKind !== "language-modelling") return split.train < Number(shots) ? "all" : shots;
  if (tokens?.total === undefined) return shots;
  // Of running text an example is a window of tokens, and the last is short.
  const total = (1 - (tokens.counted < tokens.of ? DOUBT.estimated : DOUBT.counted)) * tokens.total;
  const windows = ((1 - settings.dataValidation) * total) / maxTokens - 1;
  return windows < Number(shots) ? "all" : shots;
}
