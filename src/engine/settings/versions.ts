import type { Field } from "../field.ts";
import { fromDotted } from "../kernels/matmulVariants.ts";
import { defaultConfig, type FieldName, fieldNames, type RunConfig, runFields } from "./config.ts";

const { data, dataFormat, dataHeader, dataKind, dataText, dataSecond, dataLabel, dataValidation, dataBad } =
  defaultConfig;

/** The settings that each version added, with what was done before it; where that is their default, a field says `since`. */
const additions: ReadonlyMap<number, Partial<RunConfig>> = new Map<number, Partial<RunConfig>>([
  // Before custom data could be opened, tasks were the bundled ones alone.
  [2, { data, dataFormat, dataHeader, dataKind, dataText, dataSecond, dataLabel, dataValidation, dataBad }],
  // Before kernels could be chosen, they were the standard ones.
  [3, { kernels: "standard" }],
  // Before memory could be saved, batches were computed whole, and activations kept.
  [4, { accumulationSteps: 1, gradientCheckpointing: "off" }],
  // Weight decay once took biases and norms too, and cells of data files were read by simpler rules.
  [5, { weightDecayOn: "all", dataSeparator: "auto", dataContext: 0, dataDecimal: "point", dataRules: "1" }],
]);

/** A setting that versions up to one called otherwise, or that had other words for its values. */
interface Renaming {
  readonly until: number;
  readonly was: string;
  readonly is: FieldName;
  /** A value of then in the words of now. */
  readonly value?: (was: string) => string;
}

const renamings: readonly Renaming[] = [
  { until: 5, was: "passes", is: "accumulationSteps" },
  { until: 5, was: "activations", is: "gradientCheckpointing", value: words({ kept: "off", recomputed: "on" }) },
  { until: 5, was: "task", is: "task", value: words({ own: "custom" }) },
  { until: 5, was: "kernels", is: "kernels", value: fromDotted },
];

/** The version that says where a run was made, where there was one. */
export const MADE_ON_SINCE = 7;

/**
 * The version of what files and packed links hold. It rises by itself when a field says `since`, and when settings that were
 * added or renamed are named above.
 */
export const EXPERIMENT_VERSION = Math.max(
  ...Object.values<Field>(runFields).map(({ since = 1 }) => since),
  ...additions.keys(),
  ...renamings.map(({ until }) => until + 1),
  MADE_ON_SINCE,
);

/** The settings that a version did not know yet, with what was done in their stead; nothing for an unknown version. */
export function settingsAfter(version: number | undefined): Partial<RunConfig> | undefined {
  if (version === undefined || !(version >= 1 && version <= EXPERIMENT_VERSION)) return undefined;
  const brought = fieldNames.filter((name) => ((runFields[name] as Field).since ?? 1) > version);
  const usual = Object.fromEntries(brought.map((name) => [name, defaultConfig[name]]));
  return Object.assign(usual, ...[...additions].filter(([added]) => added > version).map(([, then]) => then));
}

/** A setting as a version wrote it, in the names and words of now. */
export function translated(version: number, name: string, value: string): readonly [name: string, value: string] {
  const renaming = renamings.find(({ until, was }) => version <= until && was === name);
  return renaming ? [renaming.is, renaming.value?.(value) ?? value] : [name, value];
}

/** What a setting that a version does not have is called in it, or in other versions. */
export function otherNameOf(version: number, name: string): string | undefined {
  const found = renamings.find(({ was, is, until }) => was !== is && (version <= until ? is : was) === name);
  return found && (version <= found.until ? found.was : found.is);
}

function words(then: Readonly<Record<string, string>>): (was: string) => string {
  return (was) => (Object.hasOwn(then, was) ? then[was]! : was);
}
