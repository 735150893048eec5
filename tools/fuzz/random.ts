// Random numbers that a seed and a number determine, so that every input can be made again by itself.

/** What inputs are drawn with. */
export interface Random {
  /** A whole number from 0 and less than `below`. */
  below(below: number): number;
  /** True once in so many times. */
  once(times: number): boolean;
  /** One of a list. */
  of<T>(list: readonly T[]): T;
}

/** sfc32 (Chris Doty-Humphrey, PractRand). @param seed and @param stream whole numbers from 0 to 2^32 − 1. */
export function randomOf(seed: number, stream: number): Random {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0x9e3779b9 | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    below: (below) => next() % below,
    once: (times) => next() % times === 0,
    of: (list) => list[next() % list.length]!,
  };
}
