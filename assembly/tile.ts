// Sums of products for a tile of ROWS rows and COLS columns, which stay in registers. Multiplications and additions stay
// apart (no fused ones), and sums run in order, so that every machine gives the same bits. Strides are in bytes.

/** Ten sums of four, a row of B, a number of A and a product take 14 of the 16 vector registers that x86 has. */
export const ROWS: u32 = 5;
export const COLS: u32 = 8;

/** Of a tile, as of a packed panel. */
export const ROW_BYTES: usize = 4 * COLS;

/**
 * Adds `steps` products of a column of A with a row of B to the sums at `start`, and stores them at `tile`.
 *
 * Sums come from memory and go there without a branch: engines then compile the loop as it stands, and at half the speed
 * otherwise. Where there are fewer `rows` the last is computed again.
 */
export function multiplyTile(
  a: usize,
  aRow: usize,
  aCol: usize,
  rows: usize,
  panel: usize,
  steps: usize,
  start: usize,
  tile: usize,
): void {
  const last = rows - 1;
  let a0 = a;
  let a1 = a + aRow * min(1, last);
  let a2 = a + aRow * min(2, last);
  let a3 = a + aRow * min(3, last);
  let a4 = a + aRow * min(4, last);
  let left0 = v128.load(start, 0);
  let right0 = v128.load(start, 16);
  let left1 = v128.load(start, 32);
  let right1 = v128.load(start, 48);
  let left2 = v128.load(start, 64);
  let right2 = v128.load(start, 80);
  let left3 = v128.load(start, 96);
  let right3 = v128.load(start, 112);
  let left4 = v128.load(start, 128);
  let right4 = v128.load(start, 144);
  for (const end = panel + steps * ROW_BYTES; panel !== end; panel += ROW_BYTES) {
    const left = v128.load(panel, 0);
    const right = v128.load(panel, 16);
    const x0 = v128.load32_splat(a0);
    left0 = f32x4.add(left0, f32x4.mul(x0, left));
    right0 = f32x4.add(right0, f32x4.mul(x0, right));
    const x1 = v128.load32_splat(a1);
    left1 = f32x4.add(left1, f32x4.mul(x1, left));
    right1 = f32x4.add(right1, f32x4.mul(x1, right));
    const x2 = v128.load32_splat(a2);
    left2 = f32x4.add(left2, f32x4.mul(x2, left));
    right2 = f32x4.add(right2, f32x4.mul(x2, right));
    const x3 = v128.load32_splat(a3);
    left3 = f32x4.add(left3, f32x4.mul(x3, left));
    right3 = f32x4.add(right3, f32x4.mul(x3, right));
    const x4 = v128.load32_splat(a4);
    left4 = f32x4.add(left4, f32x4.mul(x4, left));
    right4 = f32x4.add(right4, f32x4.mul(x4, right));
    a0 += aCol;
    a1 += aCol;
    a2 += aCol;
    a3 += aCol;
    a4 += aCol;
  }
  v128.store(tile, left0, 0);
  v128.store(tile, right0, 16);
  v128.store(tile, left1, 32);
  v128.store(tile, right1, 48);
  v128.store(tile, left2, 64);
  v128.store(tile, right2, 80);
  v128.store(tile, left3, 96);
  v128.store(tile, right3, 112);
  v128.store(tile, left4, 128);
  v128.store(tile, right4, 144);
}

/**
 * A panel of B, times `factor`: `steps` rows of COLS columns one after another. Where there are fewer `cols`, what
 * stands in place of the rest means nothing.
 */
// biome-ignore format: an operand a line
export function pack(
  b: usize, bRow: usize, bCol: usize, cols: usize,
  steps: usize, factor: f32, panel: usize,
): void {
  const end = panel + steps * ROW_BYTES;
  if (bCol === 4) {
    for (const factors = f32x4.splat(factor); panel !== end; panel += ROW_BYTES) {
      v128.store(panel, f32x4.mul(factors, v128.load(b, 0)), 0);
      v128.store(panel, f32x4.mul(factors, v128.load(b, 16)), 16);
      b += bRow;
    }
    return;
  }
  packHalf(b, bRow, bCol, min(4, cols), factor, panel, end);
  if (cols > 4) packHalf(b + 4 * bCol, bRow, bCol, cols - 4, factor, panel + 16, end);
}

/** Four columns of a panel; where there are fewer the last is taken again. */
// biome-ignore format: an operand a line
function packHalf(
  b: usize, bRow: usize, bCol: usize, cols: usize,
  factor: f32, panel: usize, end: usize,
): void {
  const last = cols - 1;
  const factors = f32x4.splat(factor);
  let b0 = b;
  let b1 = b + bCol * min(1, last);
  let b2 = b + bCol * min(2, last);
  let b3 = b + bCol * min(3, last);
  if (bRow === 4) {
    for (; panel + 3 * ROW_BYTES < end; panel += 4 * ROW_BYTES) {
      storeColumns(
        f32x4.mul(factors, v128.load(b0)),
        f32x4.mul(factors, v128.load(b1)),
        f32x4.mul(factors, v128.load(b2)),
        f32x4.mul(factors, v128.load(b3)),
        panel,
      );
      b0 += 16;
      b1 += 16;
      b2 += 16;
      b3 += 16;
    }
  }
  for (; panel < end; panel += ROW_BYTES) {
    let row = v128.load32_splat(b0);
    row = v128.load_lane<f32>(b1, row, 1);
    row = v128.load_lane<f32>(b2, row, 2);
    row = v128.load_lane<f32>(b3, row, 3);
    v128.store(panel, f32x4.mul(factors, row));
    b0 += bRow;
    b1 += bRow;
    b2 += bRow;
    b3 += bRow;
  }
}

/** Four columns of four, turned into rows of a panel. */
function storeColumns(c0: v128, c1: v128, c2: v128, c3: v128, panel: usize): void {
  const upper01 = v128.shuffle<f32>(c0, c1, 0, 4, 1, 5);
  const lower01 = v128.shuffle<f32>(c0, c1, 2, 6, 3, 7);
  const upper23 = v128.shuffle<f32>(c2, c3, 0, 4, 1, 5);
  const lower23 = v128.shuffle<f32>(c2, c3, 2, 6, 3, 7);
  v128.store(panel, v128.shuffle<f64>(upper01, upper23, 0, 2), 0);
  v128.store(panel, v128.shuffle<f64>(upper01, upper23, 1, 3), 32);
  v128.store(panel, v128.shuffle<f64>(lower01, lower23, 0, 2), 64);
  v128.store(panel, v128.shuffle<f64>(lower01, lower23, 1, 3), 96);
}
