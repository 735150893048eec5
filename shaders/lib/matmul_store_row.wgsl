// Stores four sums of a row; they lie `step` columns apart, and past the edges nothing is stored.
fn store_row(at: Starts, row: u32, col: u32, step: u32, sums: vec4f) {
  store(at, row, col, sums.x);
  store(at, row, col + step, sums.y);
  store(at, row, col + 2u * step, sums.z);
  store(at, row, col + 3u * step, sums.w);
}
