// out = scale · a · b + update_scale · u · v + c + d, for every matrix of a batch, each operand placed by strides.
//
//   a    [batch, rows, inner]   b    [batch, inner, cols]
//   u    [batch, rows, rank]    v    [batch, rank, cols]: few columns and rows, such as an adapter's, or none
//   c    [batch, rows, cols]    d    [batch, rows, cols]: such as a bias, and what a residual connection adds
//   out  [batch, rows, cols]
//
// Element (row, col) of matrix n of operand m lies at
//   m_offset + (n / inner_batch) · m_outer + (n % inner_batch) · m_inner + row · m_row + col · m_col,
// so a transpose, a head inside a row of heads, a bias (c_row = 0) or nothing to add (all strides 0, of a tensor of one zero)
// are a choice of strides and not another pipeline.
//
// Barrier-free: an invocation computes TILE x TILE values in registers. Its columns lie a whole row of tiles apart, so
// that neighbouring invocations read neighbouring columns of b. Past the edges, loads repeat the last row or column
// and stores are left out.

const TILE = 4u;

@compute @workgroup_size(64)
fn matmul(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  var block: Block;
  block.at = group;
  block = flat_block_of(group, groups); // several
  for (; is_there(block); block.g++) // several
  { multiply(block, groups, local); }
}

fn multiply(block: Block, groups: vec3u, local: u32) {
  let g = block.g; // several
  let tiles_x = (params[g].cols + TILE - 1u) / TILE;
  let tiles = tiles_x * ((params[g].rows + TILE - 1u) / TILE);
  let index = flat_index(block.at, groups, local);
  let n = index / tiles;
  if (n >= params[g].batch) { return; }
  let tile = index - n * tiles;
  let row = (tile / tiles_x) * TILE;
  let col = tile % tiles_x;
  let at = starts_of(block, n);

  let rows = a_rows(at, row, 1u);
  let cols = b_cols(at, col, tiles_x);

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var k = 0u; k < params[g].inner; k++) {
    let a_col = four_of_a(rows + k * params[g].a_col);
    let b_row = four_of_b(cols + k * params[g].b_row);
    sum0 += a_col.x * b_row;
    sum1 += a_col.y * b_row;
    sum2 += a_col.z * b_row;
    sum3 += a_col.w * b_row;
  }
  sum0 *= params[g].scale;
  sum1 *= params[g].scale;
  sum2 *= params[g].scale;
  sum3 *= params[g].scale;
  for (var k = 0u; k < params[g].rank; k++) {
    let u_col = params[g].update_scale * u_col_of(at, row, 1u, k);
    let v_row = v_row_of(at, col, tiles_x, k);
    sum0 += u_col.x * v_row;
    sum1 += u_col.y * v_row;
    sum2 += u_col.z * v_row;
    sum3 += u_col.w * v_row;
  }

  store_row(at, row, col, tiles_x, sum0);
  store_row(at, row + 1u, col, tiles_x, sum1);
  store_row(at, row + 2u, col, tiles_x, sum2);
  store_row(at, row + 3u, col, tiles_x, sum3);
}
