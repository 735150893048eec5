/**
 * Singular value decomposition on the host in float64, by one-sided Jacobi rotations (Hestenes, 1958): for what is
 * written to files, and to judge what runs on a device. Plain rather than fast.
 *
 * @param matrix [rows, cols], row-major, rows ≥ cols.
 * @returns values [cols], largest first; u [rows, cols] and v [cols, cols], row-major, with matrix = u · diag(values) · vᵀ.
 *   Columns of u that belong to values of zero are zero.
 */
export function hostSvd(
  matrix: ArrayLike<number>,
  rows: number,
  cols: number,
): { values: Float64Array; u: Float64Array; v: Float64Array } {
  const columns = Array.from({ length: cols }, (_, col) =>
    Float64Array.from({ length: rows }, (_, row) => matrix[row * cols + col]!),
  );
  const rotations = Array.from({ length: cols }, (_, col) =>
    Float64Array.from({ length: cols }, (_, row) => (row === col ? 1 : 0)),
  );
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < cols - 1; p++) {
      for (let q = p + 1; q < cols; q++) {
        const angle = angleBetween(columns[p]!, columns[q]!);
        if (!angle) continue;
        rotated = true;
        for (const side of [columns, rotations]) rotate(side[p]!, side[q]!, angle);
      }
    }
    if (!rotated) break;
  }
  const norms = columns.map((column) => Math.hypot(...column));
  const order = norms.map((_, at) => at).sort((a, b) => norms[b]! - norms[a]!);
  const u = new Float64Array(rows * cols);
  const v = new Float64Array(cols * cols);
  order.forEach((from, to) => {
    const norm = norms[from]!;
    if (norm > 0) for (let row = 0; row < rows; row++) u[row * cols + to] = columns[from]![row]! / norm;
    for (let row = 0; row < cols; row++) v[row * cols + to] = rotations[from]![row]!;
  });
  return { values: Float64Array.from(order, (at) => norms[at]!), u, v };
}

/** Singular values of a matrix given by its rows, largest first. */
export function singularValues(matrix: readonly (readonly number[])[]): number[] {
  const isTall = matrix.length >= matrix[0]!.length;
  const tall = isTall ? matrix : matrix[0]!.map((_, col) => matrix.map((row) => row[col]!));
  return [...hostSvd(tall.flat(), tall.length, tall[0]!.length).values];
}

/**
 * matrix = q · r with orthonormal columns in q, by modified Gram–Schmidt done twice (Giraud et al., 2005), which keeps
 * them orthogonal to rounding. A column that depends on those before it is left zero.
 *
 * @param matrix [rows, cols], row-major, rows ≥ cols. @returns q [rows, cols], r [cols, cols], row-major.
 */
export function orthonormalColumns(
  matrix: ArrayLike<number>,
  rows: number,
  cols: number,
): { q: Float64Array; r: Float64Array } {
  const q = Float64Array.from(matrix);
  const r = new Float64Array(cols * cols);
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += q[row * cols + a]! * q[row * cols + b]!;
    return sum;
  };
  for (let col = 0; col < cols; col++) {
    const before = Math.sqrt(dot(col, col));
    for (let pass = 0; pass < 2; pass++) {
      for (let earlier = 0; earlier < col; earlier++) {
        const share = dot(earlier, col);
        r[earlier * cols + col]! += share;
        for (let row = 0; row < rows; row++) q[row * cols + col]! -= share * q[row * cols + earlier]!;
      }
    }
    const norm = Math.sqrt(dot(col, col));
    const isNew = norm > 1e-14 * before;
    r[col * cols + col] = isNew ? norm : 0;
    for (let row = 0; row < rows; row++) q[row * cols + col] = isNew ? q[row * cols + col]! / norm : 0;
  }
  return { q, r };
}

interface Angle {
  readonly cosine: number;
  readonly sine: number;
}

/** The rotation that makes two columns orthogonal; none where they are. */
function angleBetween(a: Float64Array, b: Float64Array): Angle | undefined {
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
    ab += a[i]! * b[i]!;
  }
  if (Math.abs(ab) <= 1e-15 * Math.sqrt(aa * bb)) return undefined;
  const zeta = (bb - aa) / (2 * ab);
  const tangent = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  return { cosine, sine: cosine * tangent };
}

function rotate(a: Float64Array, b: Float64Array, { cosine, sine }: Angle): void {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
}
