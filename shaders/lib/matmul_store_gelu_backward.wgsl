// Stores a sum with c added to it, times the slope of the GELU at d: the gradient of what the GELU was taken of.

@group(0) @binding(7) var<storage, read_write> out: array<f32>;

fn store(at: Starts, row: u32, col: u32, sum: f32) {
  if (row >= params[at.g].rows || col >= params[at.g].cols) { return; }
  let added = c_of(at, row, col);
  let slope = gelu_slope(d_of(at, row, col));
  out[at.out + row * params[at.g].out_row + col * params[at.g].out_col] = (sum + added) * slope;
}
