import type { Tell } from "../commandLine.ts";
import { endingSignals } from "../program.mjs";
import type { RunFolder } from "./folder.ts";

/** Milliseconds within which two Ctrl-C are one. */
const ONE_INTERRUPTION = 500;

/**
 * What becomes of a run that a signal ends: before its first step nothing is left of it, later it is saved after the step
 * that it is at. Only a second Ctrl-C keeps it from that; other signals come several times when a machine shuts down.
 */
export class Ending {
  readonly #tell: Tell;
  readonly #folder: RunFolder;
  #pause: (() => void) | undefined;
  #askedAt: number | undefined;

  constructor(tell: Tell, folder: RunFolder) {
    this.#tell = tell;
    this.#folder = folder;
    for (const signal of endingSignals) process.on(signal, () => this.#ask(signal));
  }

  /** Whether a signal asked the run to end. */
  get isAsked(): boolean {
    return this.#askedAt !== undefined;
  }

  /** @param pause ends the training after the step that it is at; from then on a run is saved. */
  savesBy(pause: () => void): void {
    this.#pause = pause;
  }

  #ask(signal: NodeJS.Signals): void {
    const now = performance.now();
    if (this.#pause && this.#askedAt === undefined) {
      this.#askedAt = now;
      this.#tell("Interrupted; saving what there is after this step. Ctrl-C again ends without", true);
      this.#pause();
      return;
    }
    // A terminal sends Ctrl-C to this process and to those above, which pass it on: it is one all the same.
    if (this.#askedAt !== undefined && (signal !== "SIGINT" || now - this.#askedAt < ONE_INTERRUPTION)) return;
    this.#tell(
      this.isAsked
        ? `Ended without saving: of ${this.#folder.name} only metrics.jsonl is sure to be there`
        : "Ended before the first step; nothing is left of it",
      true,
    );
    this.#folder.close();
    process.exit(130);
  }
}
