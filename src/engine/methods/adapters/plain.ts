/** A matrix on the host, [rows, cols] row-major. */
export interface PlainMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

export function matrix(values: ArrayLike<number>, rows: number, cols: number): PlainMatrix {
  return { rows, cols, values: Float64Array.from(values) };
}

/** The product of matrices from left to right, in loops: what methods say of themselves for tests to compare with. */
export function product(...factors: readonly [PlainMatrix, ...PlainMatrix[]]): PlainMatrix {
  return factors.reduce((left, right) => {
    const values = new Float64Array(left.rows * right.cols);
    for (let row = 0; row < left.rows; row++)
      for (let col = 0; col < right.cols; col++)
        for (let inner = 0; inner < left.cols; inner++)
          values[row * right.cols + col]! +=
            left.values[row * left.cols + inner]! * right.values[inner * right.cols + col]!;
    return { rows: left.rows, cols: right.cols, values };
  });
}

export function flipped({ rows, cols, values }: PlainMatrix): PlainMatrix {
  const turned = Float64Array.from(
    { length: rows * cols },
    (_, at) => values[(at % rows) * cols + Math.floor(at / rows)]!,
  );
  return { rows: cols, cols: rows, values: turned };
}
