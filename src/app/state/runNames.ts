import { methods } from "../../engine/methods/index.ts";
import { applies } from "../../engine/settings/problems.ts";
import type { RunRecord } from "./runRecord.ts";

/** What a run is called where there is little room: its method and rank, "Deep LoRA · 8". */
export function shortName({ config }: Pick<RunRecord, "config">): string {
  const [method = ""] = methods[config.method].label.split(",");
  return applies("rank", config) ? `${method} · ${config.rank}` : method;
}

/** What runs are called among each other: by their methods alone where these differ. */
export function namesAmong(runs: readonly RunRecord[]): (record: RunRecord) => string {
  return new Set(runs.map(methodName)).size === runs.length ? methodName : shortName;
}

/** The method alone. */
export function methodName({ config }: Pick<RunRecord, "config">): string {
  return methods[config.method].label.split(",")[0]!;
}
