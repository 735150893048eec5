import { settingInWords } from "../../engine/data/settingsInWords.ts";
import { methods } from "../../engine/methods/index.ts";
import {
  defaultConfig,
  fieldNames,
  type RunConfig,
  runFields,
  suitedLearningRate,
} from "../../engine/settings/config.ts";
import { decimal } from "../format.ts";
import { baseline } from "./presets.ts";
import { methodName } from "./runNames.ts";
import type { RunRecord } from "./runRecord.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

/** What the lab offers: a button's words, why, and what it does. */
export interface Next {
  readonly words: string;
  readonly why: string;
  /** A run with these settings beside this one, or this one back at the best of its validations, or at its start. */
  readonly does: { readonly config: RunConfig } | "back" | "reset";
}

/** What mends a run that goes wrong, the best first. */
export function repairsOf(record: RunRecord): readonly Next[] {
  const trouble = troubleOf(record);
  if (!trouble) return [];
  const back = backTo(record, trouble);
  switch (trouble.kind) {
    case "worse":
      if (trouble.isByHeart) return [...withMoreExamples(record), ...back, ...withLowerRate(record)];
      return [...withLowerRate(record), ...back];
    case "exploding":
      return [...withLowerRate(record), ...back];
    case "overfitting":
      return back.length > 0 ? back : [withSteps(record, trouble)];
    case "plateau":
      return [withRate(record, 2, "Twice")];
  }
}

/** The one next action after a run that came to its end: the other method beside it, else another seed. */
export function nextAfter(runs: readonly RunRecord[], all: readonly RunRecord[]): Next | undefined {
  const [current] = runs;
  if (!current) return undefined;
  const config = without(current.config, "changes");
  const method = config.method === baseline ? defaultConfig.method : baseline;
  const changed = { ...config, method };
  const other = { ...changed, learningRate: suitedLearningRate(changed) };
  const isUpdate = methods[config.method].trains === "updates";
  if (isUpdate && !all.some((run) => isLike(run.config, other)))
    return {
      words: `Now train ${method === baseline ? "plain " : ""}${methodName({ config: other })} beside it`,
      why: "Same data, same seed, same rank; only the method and its usual learning rate change. Will it use less, the same or more rank?",
      does: { config: other },
    };
  const seed = Math.max(...all.map((run) => run.config.seed)) + 1;
  return {
    words: `Again with seed ${seed}`,
    why: "What two seeds differ by is what chance does.",
    does: { config: { ...config, seed } },
  };
}

/** The method's usual rate, where the run's is far above it, and half of it. */
function withLowerRate(record: RunRecord): Next[] {
  const { config } = record;
  const usual = suitedLearningRate(config);
  const half = withRate(record, 0.5, "Half of");
  if (config.learningRate <= 2 * usual) return [half];
  return [
    {
      words: `Again with ${usual}`,
      why: `The usual learning rate of ${methodName(record)}, all else the same, beside this run.`,
      does: { config: { ...without(config, "changes"), learningRate: usual } },
    },
    half,
  ];
}

function withRate({ config }: RunRecord, factor: number, share: string): Next {
  const { min, max } = runFields.learningRate;
  const learningRate = Math.min(max, Math.max(min, Number((config.learningRate * factor).toPrecision(2))));
  return {
    words: `Again with ${learningRate}`,
    why: `${share} ${settingInWords("learningRate", config).toLowerCase()}, all else the same, beside this run.`,
    does: { config: { ...without(config, "changes"), learningRate } },
  };
}

function withMoreExamples({ config }: RunRecord): Next[] {
  const { options } = runFields.shots;
  const choices = Object.keys(options) as (keyof typeof options)[];
  const shots = choices[choices.indexOf(config.shots) + 1];
  if (!shots) return [];
  return [
    {
      words: `Again with ${options[shots].toLowerCase()} examples`,
      why: "More to learn from, all else the same, beside this run.",
      does: { config: { ...without(config, "changes"), shots } },
    },
  ];
}

function withSteps({ config }: RunRecord, { best, since }: Trouble): Next {
  const steps = Math.max(1, best ?? since - 1);
  return {
    words: `Again with ${steps} steps`,
    why: "As far as it got better, all else the same, beside this run.",
    does: { config: { ...without(config, "changes"), steps } },
  };
}

/** Back to the best validation, where its state was kept, or to the start where nothing was better. */
function backTo({ keptAt, evaluations, summary }: RunRecord, { best }: Trouble): Next[] {
  const step = best ?? 0;
  const [headline] = summary!.metrics;
  const value = headline && evaluations.find((each) => each.step === step)?.values[headline.id];
  if (value === undefined || (step > 0 && keptAt !== step)) return [];
  return [
    {
      words: `Back to step ${step}`,
      why: `${headline!.label} was ${decimal(value)} there; the run as it is stays on the shelf.`,
      does: step === 0 ? "reset" : "back",
    },
  ];
}

function without(config: RunConfig, name: "changes"): RunConfig {
  return { ...config, [name]: defaultConfig[name] };
}

function isLike(a: RunConfig, b: RunConfig): boolean {
  return fieldNames.every((name) => a[name] === b[name]);
}
