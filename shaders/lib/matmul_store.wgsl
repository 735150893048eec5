// Stores a sum with c and d added to it.

@group(0) @binding(7) var<storage, read_write> out: array<f32>;

fn store(at: Starts, row: u32, col: u32, sum: f32) {
  if (row >= params[at.g].rows || col >= params[at.g].cols) { return; }
  let place = at.out + row * params[at.g].out_row + col * params[at.g].out_col;
  var before = c_of(at, row, col);
  before = select(before, out[place], at.goes_on); // several
  out[place] = sum + (before + d_of(at, row, col));
}
