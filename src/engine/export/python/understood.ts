import { diagnosticFields } from "../../methods/diagnostics/index.ts";
import { defaultConfig, type FieldName, type RunConfig, runFields } from "../../settings/config.ts";
import { applies } from "../../settings/problems.ts";
import { refuse } from "./statements.ts";

/** Values of the choices that the program makes itself, rather than its method or optimizer. */
const choices: Readonly<Record<string, readonly string[]>> = {
  bases: ["gradient", "spectral", "random"],
  head: ["trained", "frozen"],
  schedule: ["constant", "linear", "cosine"],
  weightDecayOn: ["matrices", "all"],
  rankSchedule: ["none"],
};

/** Settings that change nothing there, or whose choice is what the program is made of. */
const elsewhere: ReadonlySet<string> = new Set([
  ...["model", "task", "method", "bases", "optimizer", "targets", "gradientCheckpointing", "spectrumEvery", "kernels"],
  ...Object.keys(diagnosticFields),
]);

/**
 * A setting that the program does not read would be left out of it, and the program would train something else.
 *
 * @param script the program, which reads a setting as `RUN`'s, or as `s` or `setting_at` has it.
 * @throws ConfigError naming the setting.
 */
export function assertUnderstood(config: RunConfig, script: string): void {
  for (const [name, value] of Object.entries(config) as [FieldName, RunConfig[FieldName]][]) {
    // The rows go along as they were read.
    if (name.startsWith("data")) continue;
    const isRead =
      elsewhere.has(name) || new RegExp(`\\b(?:RUN|OWN|s)\\.${name}\\b|setting_at\\("${name}"`).test(script);
    if (isRead && (choices[name]?.includes(String(value)) ?? true)) continue;
    const means =
      !Object.hasOwn(runFields, name) || (applies(name, config) && (isRead || value !== defaultConfig[name]));
    if (means) refuse(name, config);
  }
}
