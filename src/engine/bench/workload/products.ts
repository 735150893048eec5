// The matrix products that are compared: C = A · B, row-major float32, for every matrix of a batch.
import { centred } from "./numbers.ts";

/** A matrix product C = A · B for every matrix of a batch: A [batch, rows, inner], B [batch, inner, cols]. */
export interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly cols: number;
  readonly batch: number;
}

const square = (size: number): Product => ({ rows: size, inner: size, cols: size, batch: 1 });

/** Squares, attention's many small ones, those of a low-rank update, and one with far more to sum than to write. */
export const products: readonly Product[] = [
  square(256),
  square(512),
  square(1024),
  { rows: 128, inner: 64, cols: 128, batch: 64 },
  { rows: 512, inner: 768, cols: 8, batch: 1 },
  { rows: 8, inner: 512, cols: 768, batch: 1 },
  { rows: 128, inner: 4096, cols: 128, batch: 1 },
];

export const nameOf = ({ rows, inner, cols, batch }: Product): string =>
  `${batch > 1 ? `${batch}×` : ""}[${rows}×${inner}×${cols}]`;

/** A and B. */
export function operands({ rows, inner, cols, batch }: Product) {
  return { a: centred(1, batch * rows * inner), b: centred(2, batch * inner * cols) };
}

/** Shapes of the operands as peers want them: without a batch axis where there is one matrix. */
export function shapesOf({ rows, inner, cols, batch }: Product) {
  const leading = batch > 1 ? [batch] : [];
  return { a: [...leading, rows, inner], b: [...leading, inner, cols], c: [...leading, rows, cols] };
}

/** Where a product is looked at before it is timed: corners of the first and the last matrix. */
export function probes({ rows, cols, batch }: Product): number[] {
  return [0, 1, cols, batch * rows * cols - 1];
}

/** The probed values in float64. */
export function expectedAt(product: Product): number[] {
  const { rows, inner, cols } = product;
  const { a, b } = operands(product);
  return probes(product).map((at) => {
    const matrix = Math.floor(at / (rows * cols));
    const row = Math.floor(at / cols) % rows;
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += a[(matrix * rows + row) * inner + k]! * b[(matrix * inner + k) * cols + (at % cols)]!;
    }
    return sum;
  });
}
