// Stores four sums of a row; they lie `step` columns apart, and past the edges nothing is stored. A loop, since
// compilers write out what `store` calls once for every call of it.
fn store_row(at: Starts, row: u32, col: u32, step: u32, sums: vec4f) {
  var values = sums;
  for (var i = 0u; i < 4u; i++) { store(at, row, col + i * step, values[i]); }
}
