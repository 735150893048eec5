/** Results that have not come back yet; no more than there are host-side buffers. */
export class InFlight {
  #awaited: Promise<unknown>[] = [];

  /** The one that was asked for first. */
  get oldest(): Promise<unknown> | undefined {
    return this.#awaited[0];
  }

  add(result: Promise<unknown>): void {
    const forget = () => {
      this.#awaited = this.#awaited.filter((each) => each !== settled);
    };
    const settled: Promise<void> = result.then(forget, forget);
    this.#awaited.push(settled);
  }
}
