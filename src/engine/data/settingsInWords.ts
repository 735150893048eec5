import type { Field } from "../field.ts";
import { describeReference } from "../model/reference.ts";
import { type FieldName, fieldNames, type RunConfig, runFields } from "../settings/config.ts";
import { applies } from "../settings/problems.ts";
import { describeData } from "../tasks/custom/settings.ts";
import type { FittedSetting } from "./settle.ts";

/** What a setting is set to, as the form shows it. */
export function valueInWords(name: FieldName, config: RunConfig): string {
  const field: Field = runFields[name];
  const value = String(config[name]);
  if (name === "data") return describeData(value);
  // Models that were opened are not among the options.
  return field.kind === "choice" ? (field.options[value] ?? describeReference(value)) : value;
}

/** A setting with its label: "Learning rate 0.0003". */
export function settingInWords(name: FieldName, config: RunConfig): string {
  return `${runFields[name].label} ${valueInWords(name, config)}`;
}

/** What was fitted to the others, as a sentence: "Longest text is set to 64: the model reads texts of up to 64 tokens …." */
export function fittedInWords({ field, to, why }: FittedSetting, config: RunConfig): string {
  return `${runFields[field].label} is set to ${valueInWords(field, { ...config, [field]: to })}: ${why}.`;
}

/** What one run's settings have that another's do not: "Method LoRA; Learning rate 0.0003". */
export function differenceInWords(own: RunConfig, other: RunConfig): string {
  const words = fieldNames
    .filter((name) => own[name] !== other[name] && applies(name, own))
    .map((name) => settingInWords(name, own));
  return words.length > 0 ? words.join("; ") : "the same settings";
}
