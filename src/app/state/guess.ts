import { create } from "zustand";
import { scheduleOf } from "../../engine/methods/ranks/index.ts";
import { type ModelCatalogue, pickedLayers } from "../../engine/model/modelSummary.ts";
import type { RunConfig } from "../../engine/settings/config.ts";
import { applies } from "../../engine/settings/problems.ts";
import { useLab } from "./labStore.ts";
import type { RankFacts } from "./rankFacts.ts";

/** What the visitor expects of runs: kept while the page is open, and part of no link, file or run. */
interface Guesses {
  /** Of the next run, before it is built. */
  readonly next: number | undefined;
  /** By the numbers of runs. */
  readonly ofRuns: Readonly<Record<number, number>>;
  /** Whether the visitor would rather not be asked. */
  readonly isSkipped: boolean;
}

export const useGuesses = create<Guesses>(() => ({ next: undefined, ofRuns: {}, isSkipped: false }));

/** Guesses how many directions will grow: in the run that is being built, or else in the next. */
export function guess(count: number): void {
  const { current } = useLab.getState();
  if (!current) useGuesses.setState({ next: count });
  else useGuesses.setState(({ ofRuns }) => ({ ofRuns: { ...ofRuns, [current.id]: count } }));
}

export function skipGuess(): void {
  useGuesses.setState({ isSkipped: true });
}

// A guess is the run's once that is built; of a build that is given up, the next one's.
useLab.subscribe(({ current, kept }, before) => {
  const { next, ofRuns } = useGuesses.getState();
  const id = current?.id;
  if (id === before.current?.id) return;
  const gone = before.current?.id;
  const isGone = gone !== undefined && !kept.some((run) => run.id === gone) && ofRuns[gone] !== undefined;
  const { [gone ?? -1]: freed, ...others } = ofRuns;
  const waiting = isGone ? freed : next;
  const known = isGone ? others : ofRuns;
  if (id === undefined || waiting === undefined) useGuesses.setState({ next: waiting, ofRuns: known });
  else useGuesses.setState({ next: undefined, ofRuns: { ...known, [id]: known[id] ?? waiting } });
});

/** Whether the visitor is asked for a guess and has neither made one nor declined: what was recorded would give it away. */
export function isAsked({ next, ofRuns, isSkipped }: Guesses, runId: number | undefined): boolean {
  return !isSkipped && (runId === undefined ? next : ofRuns[runId]) === undefined;
}

/** The largest rank that an update may have by its settings, or nothing where no weight gets one. */
export function allowedBySettings(config: RunConfig, models: ModelCatalogue): number | undefined {
  const model = models[config.model];
  if (!model || !applies("targets", config, models)) return undefined;
  const layers = [...pickedLayers(model, config.targets, !applies("head", config, models))];
  const sides = layers.map((layer) => Math.min(...model.layers.get(layer)!));
  const most = Math.max(0, ...sides);
  const isLimited = applies("rank", config, models) && !scheduleOf(config);
  return most === 0 ? undefined : isLimited ? Math.min(config.rank, most) : most;
}

/** What is offered as guesses: powers of two, and all. */
export function guessesUpTo(allowed: number): readonly number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(allowed)) + 1 }, (_, power) => 2 ** power);
  return powers.at(-1) === allowed ? powers : [...powers, allowed];
}

/** The guess beside what is measured. */
export function guessInWords(guessed: number, facts: RankFacts | undefined, isOver: boolean): string {
  if (!isOver || !facts) return `Your guess: ${guessed}.`;
  return `You guessed ${guessed}; in the median layer ${facts.counted} grew above 1 % of the largest.`;
}
