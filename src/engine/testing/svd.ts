/**
 * Singular values of a matrix in float64, largest first, by one-sided Jacobi rotations on its shorter side: the judge
 * of what runs on a device. Slow and plain on purpose.
 */
export function singularValues(matrix: readonly (readonly number[])[]): number[] {
  const isTall = matrix.length >= matrix[0]!.length;
  const columns = isTall
    ? matrix[0]!.map((_, col) => Float64Array.from(matrix, (row) => row[col]!))
    : matrix.map((row) => Float64Array.from(row));
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < columns.length - 1; p++) {
      for (let q = p + 1; q < columns.length; q++) rotated = rotate(columns[p]!, columns[q]!) || rotated;
    }
    if (!rotated) break;
  }
  return columns.map((column) => Math.sqrt(column.reduce((sum, x) => sum + x * x, 0))).sort((a, b) => b - a);
}

/** Makes two columns orthogonal. @returns whether they were not. */
function rotate(a: Float64Array, b: Float64Array): boolean {
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
    ab += a[i]! * b[i]!;
  }
  if (Math.abs(ab) <= 1e-15 * Math.sqrt(aa * bb)) return false;
  const zeta = (bb - aa) / (2 * ab);
  const tangent = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
  return true;
}
