// Stores a sum with c and d added to it.

@group(0) @binding(7) var<storage, read_write> out: array<f32>;

fn store(at: Starts, row: u32, col: u32, sum: f32) {
  if (row >= params.rows || col >= params.cols) { return; }
  let added = c[at.c + row * params.c_row + col * params.c_col] + d[at.d + row * params.d_row + col * params.d_col];
  out[at.out + row * params.out_row + col * params.out_col] = sum + added;
}

// Stores four sums of a row; they lie `step` columns apart, and past the edges nothing is stored.
fn store_row(at: Starts, row: u32, col: u32, step: u32, sums: vec4f) {
  store(at, row, col, sums.x);
  store(at, row, col + step, sums.y);
  store(at, row, col + 2u * step, sums.z);
  store(at, row, col + 3u * step, sums.w);
}
