import type { RunSession } from "./runSession.ts";
import type { RunState } from "./snapshot.ts";

/** Parameters up to which the state of a run is kept: with two moments each, 64 MB. */
const MOST_PARAMETERS = 2 ** 24 / 3;

type Values = Readonly<Record<string, number>>;

/** Where a run stood when its validation was best so far, to go back to. */
export interface KeptState {
  readonly state: RunState;
  /** Changes of settings until then. */
  readonly changes: string | undefined;
}

/**
 * Keeps the state of a run at the best of its validations, by the task's headline metric. Of runs that train many parameters
 * nothing is kept: reading them would take longer than a validation.
 */
export class BestState {
  #value: number | undefined;
  #kept: KeptState | undefined;

  get kept(): KeptState | undefined {
    return this.#kept;
  }

  forget(): void {
    this.#value = undefined;
    this.#kept = undefined;
  }

  /** @returns whether the state of the run was kept, now that a validation gave these values. */
  async consider(session: RunSession, values: Values): Promise<boolean> {
    if (!this.beat(session, values)) return false;
    const isSmall = session.summary.trainableParameters <= MOST_PARAMETERS;
    const state = session.step > 0 && isSmall ? await session.state?.() : undefined;
    this.#kept = state && { state, changes: session.config.changes };
    return state !== undefined;
  }

  /** Whether values are better than any before; those of the start, which `reset` goes back to, are only to be beaten. */
  beat({ summary }: RunSession, values: Values): boolean {
    const [headline] = summary.metrics;
    const value = headline && values[headline.id];
    if (value === undefined || !Number.isFinite(value)) return false;
    const sign = headline!.higherIsBetter ? 1 : -1;
    if (this.#value !== undefined && sign * value <= sign * this.#value) return false;
    this.#value = value;
    return true;
  }
}
