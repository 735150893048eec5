import { settingAt } from "../settings/changes.ts";
import { BestState, type KeptState } from "./bestState.ts";
import type { ExampleRow, TrainerEvent } from "./events.ts";
import type { RunSession } from "./runSession.ts";
import type { Evaluation } from "./validation.ts";

/** Steps after which a run is measured as it was before them; by then the first spectrum is there, if all is as usual. */
const FIRST_STEPS = 2;

/** What a validation found. */
interface Found {
  readonly values: Evaluation["values"];
  readonly rows: readonly ExampleRow[];
}

/**
 * When a run is validated, and the events of it: first of what training starts from. Where a session can look back that
 * is left until some steps were taken, since whoever waits for the first step does not wait for this, and is done once.
 */
export class Validations {
  readonly #emit: (event: TrainerEvent) => void;
  readonly #quiet: () => Promise<void>;
  /** What the run was before its first step, once that was measured; it is the same after each reset. */
  #start: Found | undefined;
  /** Whether that has yet to be reported. */
  #owesStart = false;
  #lastStep = -1;
  readonly #best = new BestState();

  /** @param quiet resolves when all that was submitted is done and reported. */
  constructor(emit: (event: TrainerEvent) => void, quiet: () => Promise<void>) {
    this.#emit = emit;
    this.#quiet = quiet;
  }

  /** Another run begins: what was found of the one before means nothing. */
  forget(): void {
    this.#start = undefined;
    this.#owesStart = false;
    this.#best.forget();
  }

  /** The state that was kept at the best validation. */
  get best(): KeptState | undefined {
    return this.#best.kept;
  }

  /** The run went back to where its validation was best. */
  wentBack(session: RunSession): void {
    this.#lastStep = session.step;
  }

  /** A run is where it starts from, or goes on from. */
  async begin(session: RunSession): Promise<void> {
    this.#lastStep = -1;
    this.#best.forget();
    this.#owesStart = session.step === 0 && session.looksBack === true;
    if (!this.#owesStart) await this.#evaluate(session, "before");
    else if (this.#start) await this.start(session);
  }

  /** A step was submitted. The end of the run is for `end`. */
  async afterStep(session: RunSession): Promise<void> {
    const { config, step } = session;
    const isDue = step % settingAt(config, "evaluateEvery", step - 1) === 0 && step < config.steps;
    if (isDue || session.step >= FIRST_STEPS) await this.start(session);
    if (isDue) await this.#evaluate(session, "now");
  }

  /** All steps were taken. */
  async end(session: RunSession): Promise<void> {
    if (this.#lastStep !== session.step) await this.#evaluate(session, "now");
  }

  /** Reports what the run was before its first step, where that was left until now. */
  async start(session: RunSession): Promise<void> {
    if (!this.#owesStart) return;
    this.#start ??= await this.#measure(session, "before");
    this.#owesStart = false;
    this.#report(0, "before", this.#start);
    this.#best.beat(session, this.#start.values);
  }

  async #evaluate(session: RunSession, when: "before" | "now"): Promise<void> {
    const { step } = session;
    const found = await this.#measure(session, when);
    this.#lastStep = step;
    this.#report(step, when, found);
    if (await this.#best.consider(session, found.values)) this.#emit({ type: "best", step });
  }

  async #measure(session: RunSession, when: "before" | "now"): Promise<Found> {
    await this.#quiet();
    const doing = this.#owesStart ? "Validating the model before training" : "Validating";
    const tell = (fraction: number) => this.#emit({ type: "progress", doing, fraction });
    tell(0);
    const { values, examples } = await session.evaluate(tell, this.#owesStart ? "start" : "now");
    if (!examples) this.#emit({ type: "progress", doing: "Writing samples" });
    const rows = examples ?? (await session.continuations?.(undefined, when)) ?? [];
    return { values, rows };
  }

  #report(step: number, when: "before" | "now", { values, rows }: Found): void {
    this.#emit({ type: "evaluation", step, values });
    this.#emit({ type: "examples", when, rows });
  }
}
