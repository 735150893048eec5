import type { AdapterDescription } from "../../engine/device/device.ts";
import { originOf } from "../../engine/device/origin.ts";
import { expectation } from "../../engine/field.ts";
import type { ModelCatalogue } from "../../engine/model/modelSummary.ts";
import type { Failure } from "../../engine/run/events.ts";
import { type TooSlow, tooSlowForProcessor } from "../../engine/run/processor.ts";
import { type FieldName, type RunConfig, runFields } from "../../engine/settings/config.ts";
import { problemsOf, type SettingProblem } from "../../engine/settings/problems.ts";
import type { ExperimentNotes } from "../../engine/settings/reader.ts";
import type { OpenedAdapter } from "../../worker/rpc.ts";
import type { Phase } from "./phase.ts";
import type { RunRecord } from "./runRecord.ts";

/** Everything that the lab knows; what follows from it is beside it, as functions. */
export interface LabState {
  /** The settings of the next run. */
  readonly config: RunConfig;
  /** What is said about the experiment; it goes with links and files. */
  readonly notes: ExperimentNotes;
  /** The run that is being trained or was last. */
  readonly current: RunRecord | undefined;
  /** The other runs of this visit, the newest first, and the numbers of those that are drawn beside the current one. */
  readonly kept: readonly RunRecord[];
  readonly ticked: readonly number[];
  readonly phase: Phase;
  readonly step: number;
  readonly stepsPerSecond: number;
  readonly progress: { readonly doing: string; readonly fraction?: number } | undefined;
  readonly device: AdapterDescription | undefined;
  /** Whether the next run will be the processor's. */
  readonly isOnProcessor: boolean;
  readonly failure: Failure | undefined;
  /** The layer whose spectrum is shown over time, where the visitor chose it. */
  readonly layer: number | undefined;
  /** What is known of the bundled models and of those that were opened in this tab. */
  readonly models: ModelCatalogue;
  /** Data files that were opened in this tab, by what settings call them. */
  readonly data: ReadonlySet<string>;
  /** An adapter that was opened: the next run with its settings goes on from there. */
  readonly opened: OpenedAdapter | undefined;
  /** The step at which the run on screen was last saved to a file. */
  readonly savedAt: number | undefined;
  /** Whether the learning rate was typed by hand, so that no method replaces it. */
  readonly isRateChosen: boolean;
  /** Whether the page is shown to a room: larger, and without the setup. */
  readonly isPresenting: boolean;
  /** Settings in whose field something is written that cannot be read. */
  readonly unreadable: readonly FieldName[];
}

/** Whether the settings are those of the run on screen. */
export function isCurrent(state: LabState): boolean {
  const { current, config } = state;
  return (
    current !== undefined &&
    Object.keys(config).every((name) => config[name as FieldName] === current.config[name as FieldName])
  );
}

/** What links and files say beside the settings: of a run, also where it was made; of a link's settings, what the link said. */
export function notesOf(state: LabState): ExperimentNotes {
  const { current, device, notes } = state;
  const isMade = device && current && current.rows.length > 0 && isCurrent(state);
  return isMade ? { ...notes, madeOn: originOf(device.kind) } : notes;
}

/** The adapter that a run with these settings would go on from; another length of the run does not matter. */
export function openedFor({ opened, config }: LabState): OpenedAdapter | undefined {
  const others = Object.keys(config).filter((name) => name !== "steps") as FieldName[];
  return others.every((name) => opened?.config[name] === config[name]) ? opened : undefined;
}

/** The adapter that was opened, where it is as far as its settings go: a run from there has no step left to train. */
export function openedAtEnd(state: LabState): OpenedAdapter | undefined {
  const opened = openedFor(state);
  return opened && opened.from.step >= state.config.steps ? opened : undefined;
}

/** Why the processor, where it is what will train, would take too long for these settings. */
export function tooSlow({
  config,
  models,
  isOnProcessor,
}: Pick<LabState, "config" | "models" | "isOnProcessor">): TooSlow | undefined {
  const facts = models[config.model];
  return isOnProcessor && facts ? tooSlowForProcessor(config, facts) : undefined;
}

/** What keeps the settings from being run: fields that cannot be read first, whose settings are what they were. */
export function obstaclesOf(
  state: Pick<LabState, "config" | "models" | "data" | "unreadable" | "isOnProcessor">,
): SettingProblem[] {
  const { config, models, data, unreadable } = state;
  const unread = unreadable.map((field) => ({
    field,
    problem: `what is written there cannot be used; it must be ${expectation(runFields[field])}`,
  }));
  const problems = problemsOf(config, models, data);
  const slow = problems.length === 0 ? tooSlow(state) : undefined;
  if (slow) problems.push({ field: "batchSize", problem: slow.problem });
  return [...unread, ...problems.filter(({ field }) => !unreadable.includes(field))];
}

/** Whether the settings could be run as they are. */
export function canRun(state: LabState): boolean {
  return obstaclesOf(state).length === 0;
}

/** Whether Train and Step go on with the run on screen; else they build another. */
export function goesOn(state: LabState): boolean {
  return state.phase === "paused" && isCurrent(state) && state.step < state.config.steps;
}

/** Whether another run would end one that is on, is being built, or is in no file. */
export function wouldEnd(state: LabState): boolean {
  return state.phase === "preparing" || wouldBeLost(state);
}

/**
 * Whether Train or Step in the lab would end a run before its last step. Of a finished one nothing is left to train, and
 * the lab itself says what becomes of it.
 */
export function wouldEndEarly(state: LabState): boolean {
  return !goesOn(state) && state.phase !== "finished" && wouldEnd(state);
}

/** Whether closing the page would lose what was trained. */
export function wouldBeLost({ phase, current, savedAt, step }: LabState): boolean {
  if (phase === "empty" || phase === "preparing" || phase === "stopped") return false;
  return (current?.rows.length ?? 0) > 0 && savedAt !== step;
}
