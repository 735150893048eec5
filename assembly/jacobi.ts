// Singular value decomposition of small square matrices by one-sided Jacobi rotations (Demmel and Veselić, 1992), in
// float64. A unit is a matrix.

/** Columns this close to orthogonal, as a share of their lengths, are left alone: float32 holds nothing finer. */
const TOLERANCE: f64 = 1e-12;
const MOST_SWEEPS: u32 = 60;

/**
 * @param scratch for each matrix its columns, those of the rotations, each of an even number of elements, and their
 * lengths, in float64.
 */
export function jacobi(
  work: usize,
  values: usize,
  left: usize,
  right: usize,
  count: u32,
  size: u32,
  stride: u32,
  sweeps: u32,
  scratch: usize,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 8 * (size + (size & 1));
  for (let matrix = from; matrix < to; matrix++) {
    const columns = scratch + matrix * (2 * size + 1) * bytes;
    const rotations = columns + size * bytes;
    const lengths = rotations + size * bytes;
    const start: usize = 4 * matrix * stride;
    memory.fill(columns, 0, 2 * size * bytes);
    for (let row: u32 = 0; row < size; row++) {
      for (let col: u32 = 0; col < size; col++) {
        f64.store(columns + col * bytes + 8 * row, <f64>f32.load(work + start + 4 * (row * size + col)));
      }
      f64.store(rotations + row * bytes + 8 * row, 1);
    }
    for (let sweep: u32 = 0; sweep < MOST_SWEEPS && turnAll(columns, rotations, size, bytes); sweep++) {}
    for (let col: u32 = 0; col < size; col++) {
      const own = columns + col * bytes;
      f64.store(lengths + 8 * col, sqrt<f64>(dotWide(own, own, bytes)));
    }
    for (let to: u32 = 0; to < size; to++) {
      const best = longest(lengths, size);
      const length = f64.load(lengths + 8 * best);
      f32.store(values + 4 * (matrix * size + to), <f32>length);
      for (let row: u32 = 0; row < size; row++) {
        const place: usize = start + 4 * (row * size + to);
        const own = f64.load(columns + best * bytes + 8 * row);
        f32.store(left + place, length === 0 ? 0 : <f32>(own / length));
        f32.store(right + place, <f32>f64.load(rotations + best * bytes + 8 * row));
      }
      f64.store(lengths + 8 * best, -1);
    }
  }
}

/** Turns every pair of columns to be orthogonal. @returns whether any was not. */
function turnAll(columns: usize, rotations: usize, size: u32, bytes: usize): bool {
  let turned = false;
  for (let p: u32 = 0; p + 1 < size; p++) {
    for (let q = p + 1; q < size; q++) {
      const a = columns + p * bytes;
      const b = columns + q * bytes;
      const pp = dotWide(a, a, bytes);
      const qq = dotWide(b, b, bytes);
      const pq = dotWide(a, b, bytes);
      if (!(abs<f64>(pq) > TOLERANCE * sqrt<f64>(pp) * sqrt<f64>(qq))) continue;
      turned = true;
      const zeta = (qq - pp) / (2 * pq);
      const tangent = copysign<f64>(1, zeta) / (abs<f64>(zeta) + sqrt<f64>(1 + zeta * zeta));
      const cosine: f64 = 1 / sqrt<f64>(1 + tangent * tangent);
      turn(a, b, bytes, cosine, cosine * tangent);
      turn(rotations + p * bytes, rotations + q * bytes, bytes, cosine, cosine * tangent);
    }
  }
  return turned;
}

function turn(a: usize, b: usize, bytes: usize, cosine: f64, sine: f64): void {
  const c = f64x2.splat(cosine);
  const s = f64x2.splat(sine);
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(a + at);
    const y = v128.load(b + at);
    v128.store(a + at, f64x2.sub(f64x2.mul(c, x), f64x2.mul(s, y)));
    v128.store(b + at, f64x2.add(f64x2.mul(s, x), f64x2.mul(c, y)));
  }
}

function dotWide(a: usize, b: usize, bytes: usize): f64 {
  let sums = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) sums = f64x2.add(sums, f64x2.mul(v128.load(a + at), v128.load(b + at)));
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The first of the largest. */
function longest(lengths: usize, size: u32): u32 {
  let best: u32 = 0;
  for (let col: u32 = 1; col < size; col++) {
    if (f64.load(lengths + 8 * col) > f64.load(lengths + 8 * best)) best = col;
  }
  return best;
}
