/** Submissions that may be unfinished at once where they are short: enough to keep the GPU fed. */
export const MAX_UNFINISHED = 3;

/** Milliseconds that one command buffer should take at most on a graphics card, which also has the page to draw. */
const LONGEST_MS = 50;

/** Milliseconds of work that may wait: what has been submitted cannot be taken back, so this is how long Pause takes. */
const WAITING_MS = 150;

/**
 * The submissions of a device that have not finished. Of long ones fewer are let in: the GPU is busy with one for long
 * enough to prepare the next, and whoever pauses need not wait for what is queued.
 */
export class Submissions {
  readonly #now: () => number;
  #unfinished: Promise<void>[] = [];
  #lastFinished = 0;
  #lastMs = 0;
  /** Of one dispatch of it. */
  #dispatchMs = 0;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many may be unfinished, by how long the last one took. */
  get depth(): number {
    return Math.max(1, Math.min(MAX_UNFINISHED, Math.floor(WAITING_MS / this.#lastMs)));
  }

  /** Into how many command buffers to divide so many dispatches, by how long those of the last submission took. */
  partsOf(dispatches: number): number {
    return Math.max(1, Math.min(dispatches, Math.ceil((this.#dispatchMs * dispatches) / LONGEST_MS)));
  }

  /** @param finished settles when the submission has been worked off, whatever came of it. */
  add(finished: Promise<unknown>, dispatches: number): void {
    const submitted = this.#now();
    const over = (): void => {
      const now = this.#now();
      // It began when the one before it was over.
      this.#lastMs = now - Math.max(submitted, this.#lastFinished);
      this.#lastFinished = now;
      if (dispatches > 0) this.#dispatchMs = this.#lastMs / dispatches;
    };
    this.#unfinished.push(finished.then(over, over));
  }

  /** Resolves once another submission may follow. */
  async room(): Promise<void> {
    while (this.#unfinished.length >= this.depth) {
      await this.#unfinished[0];
      this.#unfinished.shift();
    }
  }

  /** Resolves once all submissions so far are over. */
  async idle(): Promise<void> {
    await Promise.all(this.#unfinished.splice(0));
  }
}
