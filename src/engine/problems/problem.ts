import type { Sources } from "../data/sources.ts";
import type { Device, TrainingDevice } from "../device/device.ts";
import type { FieldValue } from "../field.ts";
import type { Described, Fields } from "../methods/method.ts";
import type { Report } from "../report.ts";
import type { TrainerEvent } from "../run/events.ts";
import type { RunSession } from "../run/runSession.ts";
import { Trainer } from "../run/trainer.ts";

/** The settings of a problem. */
export type ProblemSettings<F extends Fields> = { readonly [K in keyof F]: FieldValue<F[K]> };

/** What a run of a problem is prepared from. */
export interface ProblemContext<F extends Fields> {
  readonly device: Device;
  readonly settings: ProblemSettings<F>;
  /** Where models and data come from, for problems that have any. */
  readonly sources: Sources;
  readonly report: Report;
}

/**
 * What is minimised, and from where. A trainer needs no more of it than the session that it prepares.
 *
 * One contract test (contract.test.ts) holds every problem to: finite losses that fall, the same ones again after a reset, and all
 * memory given back.
 */
export interface Problem<F extends Fields = Fields, S extends RunSession = RunSession> extends Described {
  readonly fields: F;
  /** Settings of a run that takes a processor seconds: what its contract is tested with. */
  readonly small: Partial<ProblemSettings<F>>;
  /** Loads, allocates, records and compiles everything that the run will need. @throws EngineError of every kind. */
  prepare(context: ProblemContext<F>): Promise<S>;
}

/** Keeps the exact types of an entry's settings and session. */
export function problem<const F extends Fields, S extends RunSession>(entry: Problem<F, S>): Problem<F, S> {
  return entry;
}

/** The settings that a problem has where nobody chose others. */
export function usualSettings<F extends Fields>({ fields }: Pick<Problem<F>, "fields">): ProblemSettings<F> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { initial }]) => [name, initial]),
  ) as unknown as ProblemSettings<F>;
}

/** A trainer of runs of one problem. @param report as for `Trainer`. */
export function trainerOf<F extends Fields, S extends RunSession>(
  { prepare }: Pick<Problem<F, S>, "prepare">,
  openDevice: () => Promise<TrainingDevice>,
  sources: Sources,
  report: (event: TrainerEvent, run: number) => void,
): Trainer<ProblemSettings<F>, S> {
  return new Trainer(
    openDevice,
    (device, settings, progress) => prepare({ device, settings, sources, report: progress }),
    report,
  );
}
