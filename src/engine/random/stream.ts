import { philox4x32 } from "./philox.ts";

/** 2⁻³², and half of it, so that a word becomes a number strictly between 0 and 1. */
const UNIT = 2 ** -32;

/**
 * Random numbers in a row, decided by a seed and a stream number: the same on every machine, and independent of what
 * other streams draw.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #part: number;
  #block = 0;
  #words: number[] = [];
  #spareNormal: number | undefined;

  /**
   * @param seed and @param stream are whole numbers from 0 to 2³² − 1, and so is @param part: a stream has so many parts that
   *   have no number in common, of which most draw from the first.
   */
  constructor(seed: number, stream: number, part = 0) {
    this.#key = [seed >>> 0, stream >>> 0];
    this.#part = part >>> 0;
  }

  /** A whole number from 0 to 2³² − 1. */
  word(): number {
    if (this.#words.length === 0) this.#words = philox4x32([this.#block++, this.#part, 0, 0], this.#key).reverse();
    return this.#words.pop()!;
  }

  /** Uniform on (0, 1). */
  uniform(): number {
    return (this.word() + 0.5) * UNIT;
  }

  /** Standard normal, by the Box–Muller transform. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  normals(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => this.normal());
  }

  /** Uniform on 0 … n − 1, without the bias of a remainder. */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.word();
      if (word < limit) return word % n;
    }
  }

  /** 0 … n − 1 in random order (Fisher–Yates). */
  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, index) => index);
    for (let last = n - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    return order;
  }
}
