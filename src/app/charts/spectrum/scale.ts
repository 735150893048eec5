import { framesOf, layerValues, type RunRecord } from "../../state/runRecord.ts";

/** The largest singular value that a run has shown, in any layer or in one. */
export function largestOf(record: RunRecord | undefined, layer?: number): number {
  let largest = 0;
  for (const frame of framesOf(record)) {
    const values = layer === undefined || !record ? frame.values : layerValues(record, frame, layer);
    for (const value of values) largest = Math.max(largest, value);
  }
  return largest;
}

/** Decades from the floor that float32 allows up to the largest value, at least three and at most six. */
export function logRange(runs: readonly (readonly [RunRecord | undefined, number | undefined])[]): {
  low: number;
  high: number;
} {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const [record, layer] of runs) {
    if (!record || layer === undefined) continue;
    const own = largestOf(record, layer);
    largest = Math.max(largest, own);
    const floor = own * (record.summary?.spectrumFloor ?? 1e-6);
    for (const frame of framesOf(record)) {
      for (const value of layerValues(record, frame, layer)) if (value > floor) smallest = Math.min(smallest, value);
    }
  }
  if (!(largest > 0)) return { low: -3, high: 0 };
  const high = Math.ceil(Math.log10(largest));
  const low = Math.max(high - 6, Math.min(high - 3, Math.floor(Math.log10(smallest))));
  return { low, high };
}

/** Perceptually even and readable without telling red from green: cividis (Nuñez et al., 2018), eleven stops. */
const CIVIDIS = [
  [0, 32, 76],
  [0, 42, 102],
  [31, 54, 108],
  [64, 68, 107],
  [87, 83, 109],
  [107, 98, 114],
  [128, 113, 120],
  [150, 130, 119],
  [175, 148, 113],
  [203, 168, 100],
  [233, 191, 79],
  [255, 234, 70],
] as const;

/** @param share 0 … 1. @returns red, green, blue from 0 to 255. */
export function cividis(share: number): [number, number, number] {
  const at = Math.min(0.9999, Math.max(0, share)) * (CIVIDIS.length - 1);
  const below = CIVIDIS[Math.floor(at)]!;
  const above = CIVIDIS[Math.floor(at) + 1]!;
  const part = at - Math.floor(at);
  return [0, 1, 2].map((channel) => Math.round(below[channel]! + part * (above[channel]! - below[channel]!))) as [
    number,
    number,
    number,
  ];
}
