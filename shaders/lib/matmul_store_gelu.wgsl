// Stores a sum with c and d added to it, which the backward pass needs, and its GELU, laid out alike.

@group(0) @binding(7) var<storage, read_write> out: array<f32>;
@group(0) @binding(8) var<storage, read_write> activated: array<f32>;

fn store(at: Starts, row: u32, col: u32, sum: f32) {
  if (row >= params.rows || col >= params.cols) { return; }
  let added = c[at.c + row * params.c_row + col * params.c_col] + d[at.d + row * params.d_row + col * params.d_col];
  let place = at.out + row * params.out_row + col * params.out_col;
  out[place] = sum + added;
  activated[place] = gelu_of(sum + added);
}

// Stores four sums of a row; they lie `step` columns apart, and past the edges nothing is stored. A loop, since
// compilers write out what `store` calls once for every call of it.
fn store_row(at: Starts, row: u32, col: u32, step: u32, sums: vec4f) {
  var values = sums;
  for (var i = 0u; i < 4u; i++) { store(at, row, col + i * step, values[i]); }
}
