// What becomes of the sums of a panel, which lie row by row, COLS to a row. Strides are in bytes.
import { loadStrided, storeStrided } from "./strided.ts";
import { COLS, ROW_BYTES } from "./tile.ts";

const HALF: usize = ROW_BYTES / 2;

/** Adds a matrix. Nearly always it is nothing, a zero that repeats. */
export function addStrided(sums: usize, at: usize, row: usize, col: usize, rows: usize, cols: usize): void {
  if (row === 0 && col === 0 && load<f32>(at) === 0) return;
  const end = sums + rows * ROW_BYTES;
  if (col === 4) {
    for (; sums !== end; sums += ROW_BYTES) {
      v128.store(sums, f32x4.add(v128.load(sums), v128.load(at)));
      v128.store(sums, f32x4.add(v128.load(sums, HALF), v128.load(at, HALF)), HALF);
      at += row;
    }
    return;
  }
  for (; sums !== end; sums += ROW_BYTES) {
    for (let half: usize = 0; half < cols; half += 4) {
      const sum = sums + 4 * half;
      v128.store(sum, f32x4.add(v128.load(sum), loadStrided(at + half * col, col, cols - half)));
    }
    at += row;
  }
}

export function storeSums(sums: usize, at: usize, row: usize, col: usize, rows: usize, cols: usize): void {
  const end = sums + rows * ROW_BYTES;
  if (col === 4 && cols === COLS) {
    for (; sums !== end; sums += ROW_BYTES) {
      v128.store(at, v128.load(sums));
      v128.store(at, v128.load(sums, HALF), HALF);
      at += row;
    }
    return;
  }
  for (; sums !== end; sums += ROW_BYTES) {
    for (let half: usize = 0; half < cols; half += 4) {
      storeStrided(at + half * col, col, cols - half, v128.load(sums + 4 * half));
    }
    at += row;
  }
}
