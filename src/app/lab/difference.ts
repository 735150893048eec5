import { describeReference } from "../../engine/model/reference.ts";
import { applies, fieldNames, type RunConfig, runFields } from "../../engine/train/config.ts";
import type { Field } from "../../engine/train/field.ts";

/** What one run's settings have that another's do not, in words: "Method LoRA; Learning rate 0.0003". */
export function differenceInWords(own: RunConfig, other: RunConfig): string {
  const words = fieldNames
    .filter((name) => own[name] !== other[name] && applies(name, own))
    .map((name) => {
      const field: Field = runFields[name];
      const value = String(own[name]);
      // Models that were opened are not among the options.
      const shown = field.kind === "choice" ? (field.options[value] ?? describeReference(value)) : value;
      return `${field.label} ${shown}`;
    });
  return words.length > 0 ? words.join("; ") : "the same settings";
}
