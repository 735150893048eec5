// Products of matrices. A unit of work is ROWS_OF_UNIT rows and COLS columns of one matrix of the batch; units go down a
// strip of the rows, then on to the next columns. Of B one panel at a time is packed, for the rows that a stretch of
// units has in this strip; A is read where it lies.
import { addStrided, storeSums } from "./sums.ts";
import { COLS, multiplyTile, pack, ROW_BYTES, ROWS } from "./tile.ts";
import { workspace } from "./workspace.ts";

const ROWS_OF_UNIT: u32 = 40;

/** Units of a strip: so many rows of A stay in the second cache while the columns pass. */
const STRIP: usize = 5;

/** Steps of a sum at a time: a panel of B then stays in the first cache. */
const STEPS: usize = 256;

/** Of the workspace: the sums of a strip, a packed panel, and a tile of zeros. */
const SUMS: usize = 0;
const PANEL: usize = SUMS + STRIP * ROWS_OF_UNIT * ROW_BYTES;
const ZEROS: usize = PANEL + STEPS * ROW_BYTES;

/** out = scale · a · b + updateScale · u · v + c + d. */
// biome-ignore format: an operand a line
export function matmul(
  a: usize, b: usize, u: usize, v: usize, c: usize, d: usize, out: usize,
  batch: u32, innerBatch: u32, rows: u32, inner: u32, cols: u32, rank: u32,
  aOffset: u32, aOuter: u32, aInner: u32, aRow: u32, aCol: u32,
  bOffset: u32, bOuter: u32, bInner: u32, bRow: u32, bCol: u32,
  uOffset: u32, uOuter: u32, uInner: u32, uRow: u32, uCol: u32,
  vOffset: u32, vOuter: u32, vInner: u32, vRow: u32, vCol: u32,
  cOffset: u32, cOuter: u32, cInner: u32, cRow: u32, cCol: u32,
  dOffset: u32, dOuter: u32, dInner: u32, dRow: u32, dCol: u32,
  outOffset: u32, outOuter: u32, outInner: u32, outRow: u32, outCol: u32,
  scale: f32, updateScale: f32, from: u32, to: u32,
): void {
  const unitsOfColumn = (rows + ROWS_OF_UNIT - 1) / ROWS_OF_UNIT;
  const panels = (cols + COLS - 1) / COLS;
  const unitsOfMatrix = unitsOfColumn * panels;
  for (let unit: usize = from; unit < to; ) {
    const matrix = <u32>(unit / unitsOfMatrix);
    const within = unit % unitsOfMatrix;
    const strip = (within / (STRIP * panels)) * STRIP;
    const height = min(STRIP, unitsOfColumn - strip);
    const place = within - strip * panels;
    const units = min(height - (place % height), to - unit);
    const row = (strip + (place % height)) * ROWS_OF_UNIT;
    const col = (place / height) * COLS;
    const count = min(units * ROWS_OF_UNIT, rows - row);
    const width = min(COLS, cols - col);
    unit += units;

    const o = matrix / innerBatch;
    const i = matrix % innerBatch;
    const sums = workspace + SUMS;
    multiplyPanel(
      a + 4 * (aOffset + o * aOuter + i * aInner + row * aRow), 4 * aRow, 4 * aCol, count,
      b + 4 * (bOffset + o * bOuter + i * bInner + col * bCol), 4 * bRow, 4 * bCol, width,
      inner, scale, sums, false,
    );
    if (rank > 0) {
      multiplyPanel(
        u + 4 * (uOffset + o * uOuter + i * uInner + row * uRow), 4 * uRow, 4 * uCol, count,
        v + 4 * (vOffset + o * vOuter + i * vInner + col * vCol), 4 * vRow, 4 * vCol, width,
        rank, updateScale, sums, true,
      );
    }
    const cAt = c + 4 * (cOffset + o * cOuter + i * cInner + row * cRow + col * cCol);
    const dAt = d + 4 * (dOffset + o * dOuter + i * dInner + row * dRow + col * dCol);
    const outAt = out + 4 * (outOffset + o * outOuter + i * outInner + row * outRow + col * outCol);
    addStrided(sums, cAt, 4 * cRow, 4 * cCol, count, width);
    addStrided(sums, dAt, 4 * dRow, 4 * dCol, count, width);
    storeSums(sums, outAt, 4 * outRow, 4 * outCol, count, width);
  }
}

/**
 * Sums of `inner` products, times `factor`, for `rows` rows of A and the `cols` columns of a panel of B, at most COLS.
 *
 * @param goesOn whether they are added to what stands at `sums`.
 */
// biome-ignore format: an operand a line
function multiplyPanel(
  a: usize, aRow: usize, aCol: usize, rows: usize,
  b: usize, bRow: usize, bCol: usize, cols: usize,
  inner: usize, factor: f32, sums: usize, goesOn: bool,
): void {
  const panel = workspace + PANEL;
  for (let done: usize = 0; done === 0 || done < inner; done += STEPS) {
    const steps = min(STEPS, inner - done);
    pack(b, bRow, bCol, cols, steps, factor, panel);
    for (let row: usize = 0; row < rows; row += ROWS) {
      const tile = sums + row * ROW_BYTES;
      const start = goesOn || done > 0 ? tile : workspace + ZEROS;
      multiplyTile(a + row * aRow, aRow, aCol, rows - row, panel, steps, start, tile);
    }
    a += steps * aCol;
    b += steps * bRow;
  }
}
