import type { Tensor } from "./tensor.ts";

/** What attention is computed of. */
export interface AttentionInputs {
  /** [rows, heads, queries, headWidth], placed by any strides. */
  readonly query: Tensor;
  /**
   * [rows, heads, keys, headWidth], any strides. As many heads as `query`, or a divisor of it: then each serves that
   * many query heads in a row.
   */
  readonly key: Tensor;
  /** Of the shape of `key`. */
  readonly value: Tensor;
  /** [rows, keys]: 1 for a token, 0 for padding. */
  readonly mask: Tensor;
  /** Whether a query sees only the keys up to its own position. */
  readonly causal: boolean;
  /** Multiplies the products; usually 1 / √headWidth. */
  readonly scale: number;
  /** [heads, queries, keys]: added to the scores of every row, such as T5's relative positions. */
  readonly bias?: Tensor;
}
