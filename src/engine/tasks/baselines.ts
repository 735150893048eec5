import type { Example } from "./task.ts";

/** How much of their words two texts share: |A ∩ B| / |A ∪ B| over lower-case words. Needs no model at all. */
export function wordOverlap({ text, second = "" }: Example): number {
  const words = (each: string) => new Set(each.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  const [a, b] = [words(text), words(second)];
  const shared = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 0 : shared / all;
}

/** The accuracy of always naming the most frequent class. */
export function majorityShare(examples: readonly Example[]): number {
  const counts = new Map<number, number>();
  for (const { label = 0 } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
  return examples.length === 0 ? 0 : Math.max(...counts.values()) / examples.length;
}
