import type { Progress } from "../rpc.ts";
import { DownloadError } from "./failures.ts";

/** Milliseconds before the second attempt and those after it. */
const DELAYS = [500, 1000, 2000];

/** A hub that asks for more seconds than this is left to the visitor to try again. */
const MOST_SECONDS = 10;

/** Tries again, a few times and visibly, what may pass by itself: cut connections, and servers in trouble. */
export class Patience {
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  #failed = 0;

  constructor(progress: Progress, signal: AbortSignal) {
    this.#progress = progress;
    this.#signal = signal;
  }

  /** Does something until it succeeds. @throws what cannot pass, or has not after the last attempt. */
  async attempt<T>(what: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await what();
      } catch (error) {
        await this.#after(error);
      }
    }
  }

  /** Something was achieved since the last failure: it starts counting anew. */
  renew(): void {
    this.#failed = 0;
  }

  async #after(error: unknown): Promise<void> {
    this.#signal.throwIfAborted();
    const delay = DELAYS[this.#failed];
    if (!(error instanceof DownloadError) || !error.passes || delay === undefined) throw error;
    if ((error.waitSeconds ?? 0) > MOST_SECONDS) throw error;
    this.#failed++;
    const wait = Math.max(delay, 1000 * (error.waitSeconds ?? 0));
    const message = `${error.message[0]!.toUpperCase()}${error.message.slice(1)}`;
    this.#progress(`${message}. Trying again, ${this.#failed} of ${DELAYS.length}`);
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        clearTimeout(timer);
        reject(this.#signal.reason);
      };
      const timer = setTimeout(() => {
        this.#signal.removeEventListener("abort", giveUp);
        resolve();
      }, wait);
      if (this.#signal.aborted) giveUp();
      else this.#signal.addEventListener("abort", giveUp);
    });
  }
}
