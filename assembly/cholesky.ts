// Upper Cholesky factors of Gram matrices that may be singular, and their inverses. A unit is a matrix.
import { load, store } from "./lanes";

/** A pivot below this share of its own diagonal is rounding and nothing else. */
const FLOOR: f32 = 1e-11;

export function cholesky(
  gram: usize,
  factor: usize,
  inverse: usize,
  count: u32,
  size: u32,
  stride: u32,
  shift: f32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * size;
  for (let matrix = from; matrix < to; matrix++) {
    const start: usize = 4 * matrix * stride;
    let trace: f32 = 0;
    for (let i: usize = 0; i < size; i++) trace += f32.load(gram + start + i * (bytes + 4));
    for (let i: usize = 0; i < size; i++) {
      factorRow(gram + start + i * bytes, factor + start, i, bytes, shift * trace);
    }
    for (let i: usize = size; i > 0; i--) inverseRow(factor + start, inverse + start, i - 1, bytes);
  }
}

/** Row i of R: (S[i] − Σ R[k, i] R[k] over the rows before) / R[i, i], zeros before the diagonal. */
function factorRow(gram: usize, factor: usize, i: usize, bytes: usize, shift: f32): void {
  const row = factor + i * bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    let values = load(gram + at, bytes - at);
    for (let above = factor; above < row; above += bytes) {
      values = f32x4.sub(values, f32x4.mul(v128.load32_splat(above + 4 * i), load(above + at, bytes - at)));
    }
    store(row + at, values, bytes - at);
  }
  const pivot = f32.load(row + 4 * i) + shift;
  const isKept = pivot > FLOOR * (f32.load(gram + 4 * i) + shift);
  const diagonal: f32 = isKept ? sqrt<f32>(pivot) : 0;
  for (let at: usize = 0; at < bytes; at += 4) {
    const value: f32 = isKept && at > 4 * i ? f32.load(row + at) / diagonal : 0;
    f32.store(row + at, at === 4 * i ? diagonal : value);
  }
}

/** Row i of R⁻¹, from those below: (e[i] − Σ R[i, k] R⁻¹[k]) / R[i, i]. */
function inverseRow(factor: usize, inverse: usize, i: usize, bytes: usize): void {
  const own = factor + i * bytes;
  const row = inverse + i * bytes;
  const diagonal = f32.load(own + 4 * i);
  for (let at: usize = 0; at < bytes; at += 16) {
    let values = f32x4.splat(0);
    for (let k = i + 1; k < bytes / 4; k++) {
      const below = load(inverse + k * bytes + at, bytes - at);
      values = f32x4.sub(values, f32x4.mul(v128.load32_splat(own + 4 * k), below));
    }
    values = f32x4.div(values, f32x4.splat(diagonal));
    store(row + at, diagonal === 0 ? f32x4.splat(0) : values, bytes - at);
  }
  f32.store(row + 4 * i, diagonal === 0 ? 0 : 1 / diagonal);
}
