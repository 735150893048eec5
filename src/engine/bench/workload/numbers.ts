// Numbers that every peer draws alike, so that all of them train the same network on the same batches.

/** Uniform in [0, 1): mulberry32, whose 32 bits of state are plenty for inputs. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a, which turns a tensor's name into a seed of its own. */
function hash(text: string): number {
  let sum = 2166136261;
  for (const character of text) sum = Math.imul(sum ^ character.charCodeAt(0), 16777619);
  return sum >>> 0;
}

/** `count` normals of standard deviation `scale`, by Box and Muller (1958); a stream for every name. */
export function normals(seed: number, name: string, count: number, scale: number): Float32Array<ArrayBuffer> {
  const uniform = generator((hash(name) ^ Math.imul(seed, 2654435761)) >>> 0);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at += 2) {
    const radius = Math.sqrt(-2 * Math.log(Math.max(uniform(), 1e-12))) * scale;
    const angle = 2 * Math.PI * uniform();
    values[at] = radius * Math.cos(angle);
    if (at + 1 < count) values[at + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** `count` values uniform in [−½, ½). */
export function centred(seed: number, count: number): Float32Array<ArrayBuffer> {
  const uniform = generator(seed);
  return Float32Array.from({ length: count }, () => uniform() - 0.5);
}
