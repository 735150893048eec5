import type { Field } from "../../field.ts";
import { fieldsOf } from "../method.ts";
import { alignment } from "./alignment.ts";
import type { Diagnostic, Measurement, OwnSettings } from "./diagnostic.ts";
import { ranks } from "./ranks.ts";
import { spectrum } from "./spectrum.ts";

/** Every diagnostic, by the name that events, logs and exports use. */
export const diagnostics = {
  spectrum,
  ranks,
  alignment,
} as const satisfies Record<string, Diagnostic>;

type Table = typeof diagnostics;

/** Those that are measured on the device. */
export type MeasurementName = { [K in keyof Table]: Table[K] extends Measurement ? K : never }[keyof Table];

/** The settings of all diagnostics in one table. */
export const diagnosticFields = fieldsOf(diagnostics);

export type DiagnosticSettings = OwnSettings<typeof diagnosticFields>;

/** What is measured where nobody asks for more. */
export const usualDiagnostics = Object.fromEntries(
  Object.entries<Field>(diagnosticFields).map(([name, { initial }]) => [name, initial]),
) as DiagnosticSettings;

/** What a run with these settings measures, in the order of the table. */
export function measurementsOf(settings: DiagnosticSettings): { name: MeasurementName; entry: Measurement }[] {
  return Object.entries(diagnostics as Record<string, Diagnostic>).flatMap(([name, entry]) =>
    entry.kind === "measurement" && (entry.isOn?.(settings as never) ?? true)
      ? [{ name: name as MeasurementName, entry }]
      : [],
  );
}
