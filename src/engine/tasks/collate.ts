import type { EncodedExample } from "./encode.ts";

/** A batch as the device takes it. */
export interface Collated {
  /** [rows, length] each, row-major. With two rows an example, first rows of all examples come before second ones. */
  readonly ids: Float32Array;
  readonly mask: Float32Array;
  readonly segments: Float32Array;
  /** What an encoder–decoder's decoder reads, [examples, length] each. */
  readonly decoder?: { readonly ids: Float32Array; readonly mask: Float32Array };
  /** [examples], or [examples · length] where every token has a label. */
  readonly labels: Float32Array;
  /** How much each label counts: 0 where there is none. */
  readonly weights: Float32Array;
}

export interface CollateOptions {
  /** Tokens per row; longer rows must have been cut before. */
  readonly length: number;
  /** Examples that the batch has room for; what is missing repeats the first with weight 0. */
  readonly batchSize: number;
  readonly padId: number;
  /** Whether every token has a label, as where the next one is predicted. */
  readonly perToken: boolean;
}

/** Pads examples to a batch. */
export function collate(examples: readonly EncodedExample[], options: CollateOptions): Collated {
  const { length, batchSize, padId, perToken } = options;
  const rowsPerExample = examples[0]!.rows.length;
  const size = batchSize * rowsPerExample * length;
  const ids = new Float32Array(size).fill(padId);
  const mask = new Float32Array(size);
  const segments = new Float32Array(size);
  const labels = new Float32Array(perToken ? batchSize * length : batchSize);
  const weights = new Float32Array(labels.length);
  const decoder = examples[0]!.decoder && {
    ids: new Float32Array(batchSize * length).fill(padId),
    mask: new Float32Array(batchSize * length),
  };
  for (let at = 0; at < batchSize; at++) {
    const isReal = at < examples.length;
    const example = examples[isReal ? at : 0]!;
    example.rows.forEach((row, side) => {
      const from = (side * batchSize + at) * length;
      ids.set(row.ids, from);
      segments.set(row.segments, from);
      mask.fill(1, from, from + row.ids.length);
    });
    const first = perToken ? at * length : at;
    if (decoder) {
      decoder.ids.set(example.decoder!, first);
      decoder.mask.fill(1, first, first + example.decoder!.length);
    }
    labels.set(example.labels, first);
    if (isReal) weights.set(example.weights ?? example.labels.map(() => 1), first);
  }
  return { ids, mask, segments, ...(decoder && { decoder }), labels, weights };
}

/** What each part of a batch weighs of all of it, 0 … 1: the share of its labels that count. */
export function sharesOf(parts: readonly Pick<Collated, "weights">[]): number[] {
  const own = parts.map(({ weights }) => weights.reduce((sum, weight) => sum + weight, 0));
  const whole = own.reduce((sum, weight) => sum + weight, 0);
  return own.map((weight) => (whole === 0 ? 0 : weight / whole));
}
