/** Milliseconds over which a rate is taken: long enough to be calm, short enough to notice a stall. */
const WINDOW = 5000;

/** How fast bytes come, over the last seconds. */
export class Rate {
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** @param at milliseconds of any clock that only goes forward. @param bytes so far. */
  add(at: number, bytes: number): void {
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && this.#samples[1]!.at <= at - WINDOW) this.#samples.shift();
  }

  /** Bytes a second; 0 while it cannot be known. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at === first.at) return 0;
    return (1000 * (last.bytes - first.bytes)) / (last.at - first.at);
  }

  /** Seconds that the rest takes at this rate; nothing while nothing comes. */
  secondsFor(bytes: number): number | undefined {
    const { perSecond } = this;
    return perSecond > 0 ? bytes / perSecond : undefined;
  }
}
