import { usualDiagnostics } from "../methods/diagnostics/index.ts";
import { defaultConfig, type RunConfig } from "./config.ts";

/**
 * The version of what files and packed links hold. It rises when a setting is added, removed or comes to mean something
 * else; `additions` then says what the new settings were before.
 */
export const EXPERIMENT_VERSION = 6;

const { data, dataFormat, dataHeader, dataKind, dataText, dataSecond, dataLabel, dataValidation, dataBad } =
  defaultConfig;

/** The settings that each version added, with what was done before it. */
const additions: ReadonlyMap<number, Partial<RunConfig>> = new Map<number, Partial<RunConfig>>([
  // Before data of one's own could be opened, tasks were the bundled ones alone.
  [2, { data, dataFormat, dataHeader, dataKind, dataText, dataSecond, dataLabel, dataValidation, dataBad }],
  // Before kernels could be chosen, they were the standard ones.
  [3, { kernels: "standard" }],
  // Before memory could be saved, batches were computed whole, and activations kept.
  [4, { passes: 1, activations: "kept" }],
  // Weight decay once took biases and norms too, and cells of data files were read by simpler rules.
  [5, { weightDecayOn: "all", dataSeparator: "auto", dataContext: 0, dataDecimal: "point", dataRules: "1" }],
  // Before there were others, spectra alone were measured.
  [6, usualDiagnostics],
]);

/** The settings that a version did not know yet, with what was done in their stead; nothing for an unknown version. */
export function settingsAfter(version: number | undefined): Partial<RunConfig> | undefined {
  if (version === undefined || !(version >= 1 && version <= EXPERIMENT_VERSION)) return undefined;
  return Object.assign({}, ...[...additions].filter(([added]) => added > version).map(([, then]) => then));
}
