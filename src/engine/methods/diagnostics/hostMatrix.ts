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
