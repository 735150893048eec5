// Stores a sum with c and d added to it, which the backward pass needs, and its GELU, laid out alike.

@group(0) @binding(7) var<storage, read_write> out: array<f32>;
@group(0) @binding(8) var<storage, read_write> activated: array<f32>;

fn store(at: Starts, row: u32, col: u32, sum: f32) {
  if (row >= params[at.g].rows || col >= params[at.g].cols) { return; }
  let added = c_of(at, row, col) + d_of(at, row, col);
  let place = at.out + row * params[at.g].out_row + col * params[at.g].out_col;
  out[place] = sum + added;
  activated[place] = gelu_of(sum + added);
}
