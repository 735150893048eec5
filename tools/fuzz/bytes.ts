// Damage to bytes, as disks, networks and careless programs do it.
import type { Random } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const steps: readonly ((bytes: Bytes, random: Random) => Bytes)[] = [
  function flip(bytes, random) {
    const changed = bytes.slice();
    if (changed.length > 0) changed[random.below(changed.length)]! ^= 1 << random.below(8);
    return changed;
  },
  function set(bytes, random) {
    const changed = bytes.slice();
    if (changed.length > 0)
      changed[random.below(changed.length)] = random.of([0, 1, 0x22, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xff]);
    return changed;
  },
  function cut(bytes, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function drop(bytes, random) {
    const from = random.below(bytes.length + 1);
    return joined(bytes.slice(0, from), bytes.slice(from + 1 + random.below(16)));
  },
  function repeat(bytes, random) {
    const from = random.below(bytes.length + 1);
    return joined(bytes.slice(0, from + random.below(64)), bytes.slice(from));
  },
  function insert(bytes, random) {
    const from = random.below(bytes.length + 1);
    const noise = Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256));
    return joined(bytes.slice(0, from), noise, bytes.slice(from));
  },
  function swap(bytes, random) {
    const from = random.below(bytes.length + 1);
    return joined(bytes.slice(from), bytes.slice(0, from));
  },
];

/** Bytes with one to three kinds of damage. */
export function damaged(bytes: Bytes, random: Random): Bytes {
  let result = bytes;
  for (let times = 1 + random.below(3); times > 0; times--) result = random.of(steps)(result, random);
  return result;
}

export function joined(...parts: readonly Bytes[]): Bytes {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
