import type { ModelCatalogue } from "../model/modelSummary.ts";
import { type FieldName, fieldNames, type RunConfig, runFields, usualValue } from "../settings/config.ts";
import { applies, problemsOf, type SettingProblem } from "../settings/problems.ts";
import { describeData } from "../tasks/custom/settings.ts";
import { fittingShots } from "./fittingShots.ts";
import type { DataDescription } from "./inspectData.ts";

/** Settings that stand for everything that determines a run, of which only those that somebody chose may not be changed. */
export interface ChosenSettings {
  readonly config: RunConfig;
  readonly chosen: ReadonlySet<FieldName>;
}

/** What is known of the files that settings are about. */
export interface KnownFiles {
  readonly models: ModelCatalogue;
  /** Of custom data. */
  readonly data?: Pick<DataDescription, "split" | "tokens" | "settings"> | undefined;
}

/** A setting that nobody chose and that did not fit the others, with what it is instead. */
export interface FittedSetting {
  readonly field: FieldName;
  readonly to: string | number;
  /** A sentence without its full stop. */
  readonly why: string;
}

export interface SettledRun {
  readonly config: RunConfig;
  readonly fitted: readonly FittedSetting[];
  /** What cannot be fitted, because it was chosen or because nothing follows for it from the others. */
  readonly problems: readonly SettingProblem[];
  /** Settings that were chosen and mean nothing beside the others. */
  readonly idle: readonly FieldName[];
}

/** Settings that mean something beside the others and are not as usual: those that a link has to name. */
export function chosenIn(config: RunConfig): ReadonlySet<FieldName> {
  return new Set(fieldNames.filter((name) => applies(name, config) && config[name] !== usualValue(name, config)));
}

/**
 * Judges settings together, once model and data are known. Numbers that nobody chose are fitted to them: the longest
 * text, the batch that is to be divided, the examples that are drawn. Whatever was chosen stays, and is a problem where
 * it does not fit.
 */
export function settle({ config: given, chosen }: ChosenSettings, { models, data }: KnownFiles): SettledRun {
  const fitted: FittedSetting[] = [];
  let config = given;
  const adapt = <F extends FieldName>(field: F, to: RunConfig[F], why: string) => {
    if (chosen.has(field) || config[field] === to) return;
    config = { ...config, [field]: to };
    fitted.push({ field, to, why });
  };
  const { positions = Number.POSITIVE_INFINITY } = models[config.model] ?? {};
  if (config.maxTokens > positions && positions >= runFields.maxTokens.min) {
    adapt("maxTokens", positions, `the model reads texts of up to ${positions} tokens, not ${config.maxTokens}`);
  }
  const { batchSize, accumulationSteps: steps } = config;
  if (batchSize % steps !== 0) {
    const parts = Math.max(1, Math.round(batchSize / steps));
    adapt("batchSize", steps * parts, `a batch of ${batchSize} has no ${steps} equal parts`);
  }
  if (config.task === "custom" && data) {
    const asked = Number(config.shots).toLocaleString("en");
    adapt("shots", fittingShots(data, config), `${describeData(config.data)} has fewer than ${asked} to train on`);
  }
  const idle = fieldNames.filter((name) => chosen.has(name) && !applies(name, config, models));
  return { config, fitted, problems: [...problemsOf(config, models), ...shortageOf(config, data)], idle };
}

/** Rows that were asked for and are not there; windows of running text are known for certain only once they are cut. */
function shortageOf(config: RunConfig, data: KnownFiles["data"]): SettingProblem[] {
  if (config.task !== "custom" || config.shots === "all" || !data?.split) return [];
  const { train } = data.split;
  if (data.settings.dataKind === "language-modelling" || train >= Number(config.shots)) return [];
  const problem = `${describeData(config.data)} has ${train.toLocaleString("en")} rows to train on; choose fewer, or all`;
  return [{ field: "shots", problem }];
}
