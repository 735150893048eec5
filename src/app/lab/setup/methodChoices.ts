import { type MethodName, methodNamed, methods } from "../../../engine/methods/index.ts";
import type { ModelCatalogue } from "../../../engine/model/modelSummary.ts";
import type { RunConfig } from "../../../engine/settings/config.ts";
import { updateSizeOf } from "../../../engine/settings/parameterCount.ts";
import { short } from "../../format.ts";

/** A method as the picker lists it. */
export interface MethodChoice {
  readonly method: MethodName;
  readonly label: string;
  readonly equation: string;
  /** Trained parameters beside the other settings. */
  readonly cost: string;
  /** Everything by which it can be searched, in lower case. */
  readonly searched: string;
}

/** Methods under one heading. */
export interface MethodGroup {
  readonly title: string;
  readonly choices: readonly MethodChoice[];
}

/** Every method under the heading that it names, headings in the order in which they first come up. */
export function methodGroups(config: RunConfig, models: ModelCatalogue): readonly MethodGroup[] {
  const groups = new Map<string, MethodChoice[]>();
  for (const method of Object.keys(methods) as MethodName[]) {
    const { label, group, equation, source } = methodNamed(method);
    const searched = [label, group, equation, source, method].join(" ").toLowerCase();
    const choice = { method, label, equation, cost: costOf({ ...config, method }, models), searched };
    groups.set(group, [...(groups.get(group) ?? []), choice]);
  }
  return [...groups].map(([title, choices]) => ({ title, choices }));
}

/** The choices in which every word is found, by their headings. */
export function matching(groups: readonly MethodGroup[], written: string): readonly MethodGroup[] {
  const words = written.toLowerCase().split(/\s+/).filter(Boolean);
  return groups.flatMap(({ title, choices }) => {
    const found = choices.filter(({ searched }) => words.every((word) => searched.includes(word)));
    return found.length > 0 ? [{ title, choices: found }] : [];
  });
}

function costOf(config: RunConfig, models: ModelCatalogue): string {
  const { trains } = methodNamed(config.method);
  if (trains === "weights") return "all parameters";
  if (trains === "head") return "the head alone";
  const size = updateSizeOf(config, models);
  return size ? `${short(size.parameters)} parameters` : "";
}
