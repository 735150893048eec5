import { methods } from "../../engine/methods/index.ts";
import { describeReference } from "../../engine/model/reference.ts";
import { type FieldName, fieldNames, runFields } from "../../engine/settings/config.ts";
import { applies } from "../../engine/settings/problems.ts";
import type { RunRecord } from "./runRecord.ts";

/** What a run is called where there is little room: its method and rank, "Deep LoRA · 8". */
export function shortName({ config }: Pick<RunRecord, "config">): string {
  const [method = ""] = methods[config.method].label.split(",");
  return applies("rank", config) ? `${method} · ${config.rank}` : method;
}

/** What runs are called among each other: by their methods where these differ, else also by rank, or by what differs. */
export function namesAmong(runs: readonly RunRecord[]): (record: RunRecord) => string {
  return (record) => {
    for (const nameOf of [methodName, shortName])
      if (runs.filter((each) => nameOf(each) === nameOf(record)).length === 1) return nameOf(record);
    const alike = runs.filter((each) => shortName(each) === shortName(record));
    const name = fieldNames.find((each) => new Set(alike.map(({ config }) => config[each])).size === alike.length);
    if (name === undefined || name === "changes") return `run ${record.id}`;
    return `${words[name] ?? runFields[name].label.toLowerCase()} ${record.config[name]}`;
  };
}

/** Short words for settings beside whose value there is little room. */
const words: Readonly<Partial<Record<FieldName, string>>> = { learningRate: "rate" };

/** A title for a picture that leaves the page: "Loss: LoRA · 8, Deep LoRA · 8 on pd-bert". */
export function captionOf(title: string, runs: readonly RunRecord[]): string {
  const names = [...new Set(runs.map(shortName))].join(", ");
  const models = [...new Set(runs.map(({ config }) => describeReference(config.model)))].join(", ");
  return runs.length === 0 ? title : `${title}: ${names} on ${models}`;
}

/** The method alone. */
export function methodName({ config }: Pick<RunRecord, "config">): string {
  return methods[config.method].label.split(",")[0]!;
}
