// Tiles of 4 x 4 sums in registers, each row a column of the matrix type.

fn store_rows(at: Starts, row: u32, col: u32, step: u32, tile: mat4x4f) {
  store_row(at, row, col, step, tile[0]);
  store_row(at, row + 1u, col, step, tile[1]);
  store_row(at, row + 2u, col, step, tile[2]);
  store_row(at, row + 3u, col, step, tile[3]);
}
