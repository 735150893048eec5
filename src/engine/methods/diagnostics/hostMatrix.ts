import type { HostMatrix } from "./diagnostic.ts";

export function rowsOf({ rows, cols, values }: HostMatrix): number[][] {
  return Array.from({ length: rows }, (_, row) => Array.from({ length: cols }, (_, col) => values[row * cols + col]!));
}

export function transposed({ rows, cols, values }: HostMatrix): HostMatrix {
  const turned = Float64Array.from(
    { length: rows * cols },
    (_, at) => values[(at % rows) * cols + Math.floor(at / rows)]!,
  );
  return { rows: cols, cols: rows, values: turned };
}

export function product(a: HostMatrix, b: HostMatrix): HostMatrix {
  const values = new Float64Array(a.rows * b.cols);
  for (let row = 0; row < a.rows; row++)
    for (let col = 0; col < b.cols; col++)
      for (let k = 0; k < a.cols; k++)
        values[row * b.cols + col]! += a.values[row * a.cols + k]! * b.values[k * b.cols + col]!;
  return { rows: a.rows, cols: b.cols, values };
}
