// Products of matrices for processors: AssemblyScript, compiled to WebAssembly with 128-bit SIMD. Multiplications and
// additions stay apart (no fused ones), and sums run over `inner` in order, so that every machine gives the same bits.
//
// Operands are packed: A in panels of ROWS rows, [panel][inner][ROWS]; B in panels of COLS columns, [panel][inner][COLS].
// Results come in tiles, [panel of B][panel of A][ROWS][COLS]. All float32.

const ROWS: usize = 4;
const COLS: usize = 8;
const BYTES: usize = 4;

/** So many steps of a sum at a time: a panel of B then stays in the first cache. */
const STRETCH: usize = 256;

/** Products of all panels of `a` with all panels of `b` into `out`, all of them addresses. */
export function multiplyAll(a: usize, b: usize, out: usize, rowPanels: usize, colPanels: usize, inner: usize): void {
  for (let start: usize = 0; start === 0 || start < inner; start += STRETCH) {
    const steps = min(STRETCH, inner - start);
    let tile = out;
    for (let j: usize = 0; j < colPanels; j++) {
      const bPanel = b + (j * inner + start) * COLS * BYTES;
      for (let i: usize = 0; i < rowPanels; i++) {
        multiplyPanels(a + (i * inner + start) * ROWS * BYTES, bPanel, tile, steps, start > 0);
        tile += ROWS * COLS * BYTES;
      }
    }
  }
}

/** One tile: what stands in it and is to be kept, and `steps` products of a column of A with a row of B. */
function multiplyPanels(a: usize, b: usize, tile: usize, steps: usize, keeps: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  if (keeps) {
    c00 = v128.load(tile, 0);
    c01 = v128.load(tile, 16);
    c10 = v128.load(tile, 32);
    c11 = v128.load(tile, 48);
    c20 = v128.load(tile, 64);
    c21 = v128.load(tile, 80);
    c30 = v128.load(tile, 96);
    c31 = v128.load(tile, 112);
  }
  for (let end = a + steps * ROWS * BYTES; a < end; a += ROWS * BYTES) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a, 0);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    b += COLS * BYTES;
  }
  v128.store(tile, c00, 0);
  v128.store(tile, c01, 16);
  v128.store(tile, c10, 32);
  v128.store(tile, c11, 48);
  v128.store(tile, c20, 64);
  v128.store(tile, c21, 80);
  v128.store(tile, c30, 96);
  v128.store(tile, c31, 112);
}
