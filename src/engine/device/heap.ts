/** Addresses are multiples of this: a storage binding's alignment, and more than any vector's. */
const ALIGNMENT = 256;

interface Gap {
  at: number;
  bytes: number;
}

/**
 * Hands out stretches of one memory, in bytes: the smallest gap that fits, or new memory at the end. What is freed joins
 * the gaps beside it.
 */
export class Heap {
  /** By address; no two of them touch. */
  readonly #gaps: Gap[] = [];
  readonly #reach: (end: number) => void;
  #end: number;

  /** @param reach makes sure that the memory reaches so far, or throws; then nothing was handed out. */
  constructor(start: number, reach: (end: number) => void) {
    this.#end = aligned(start);
    this.#reach = reach;
  }

  /** Everything from here on was never handed out. */
  get end(): number {
    return this.#end;
  }

  /** @returns the address of so many bytes. */
  allocate(bytes: number): number {
    const size = sizeOf(bytes);
    let best: Gap | undefined;
    for (const gap of this.#gaps) if (gap.bytes >= size && (!best || gap.bytes < best.bytes)) best = gap;
    if (best) return this.#take(best, size);
    const last = this.#gaps.at(-1);
    const at = last && last.at + last.bytes === this.#end ? last.at : this.#end;
    this.#reach(at + size);
    if (at < this.#end) this.#gaps.pop();
    this.#end = at + size;
    return at;
  }

  /** Takes back what `allocate` has handed out, all of it. */
  free(at: number, bytes: number): void {
    const gap = { at, bytes: sizeOf(bytes) };
    const found = this.#gaps.findIndex((each) => each.at > at);
    const index = found < 0 ? this.#gaps.length : found;
    this.#gaps.splice(index, 0, gap);
    this.#join(index);
    if (index > 0) this.#join(index - 1);
  }

  #take(gap: Gap, size: number): number {
    const { at } = gap;
    gap.at += size;
    gap.bytes -= size;
    if (gap.bytes === 0) this.#gaps.splice(this.#gaps.indexOf(gap), 1);
    return at;
  }

  /** Joins a gap with the next one, if they touch. */
  #join(index: number): void {
    const [gap, next] = [this.#gaps[index]!, this.#gaps[index + 1]];
    if (!next || gap.at + gap.bytes !== next.at) return;
    gap.bytes += next.bytes;
    this.#gaps.splice(index + 1, 1);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** What has no bytes has an address of its own all the same. */
function sizeOf(bytes: number): number {
  return aligned(Math.max(1, bytes));
}
