// What matmul.wgsl computes, for GPUs where there are few columns or long sums: a workgroup computes LINES rows of COLS
// columns and divides each sum among SHARES invocations, so that many work on what few could. The parts are added in
// one order, and results repeat to the bit.
//
// Neighbouring invocations read along whichever axis of a is contiguous. Past the edges, loads repeat the last row or
// column and stores are left out.

const LINES = 16u;
const SHARES = 16u;
const COLS = 8u;

// [share, line, half of the columns]
var<workgroup> parts: array<vec4f, LINES * SHARES * 2u>;

@compute @workgroup_size(256)
fn matmul_split(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) slot: u32,
) {
  var block: Block;
  block.at = group;
  block = block_of(group, groups, COLS, LINES); // several
  for (; is_there(block); block.g++) // several
  { multiply(block, slot); }
}

fn multiply(block: Block, slot: u32) {
  let g = block.g; // several
  let at = starts_of(block, block.at.z);
  let first_row = block.at.y * LINES;
  let col = block.at.x * COLS;

  let share = select(slot / LINES, slot % SHARES, params[g].a_col == 1u);
  let line = select(slot % LINES, slot / SHARES, params[g].a_col == 1u);
  let a_line = at.a + min(first_row + line, params[g].rows - 1u) * params[g].a_row;
  let cols0 = b_cols(at, col, 1u);
  let cols1 = b_cols(at, col + 4u, 1u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  for (var k = share; k < params[g].inner; k += SHARES) {
    let x = read_a(a_line + k * params[g].a_col);
    sum0 += x * four_of_b(cols0 + k * params[g].b_row);
    sum1 += x * four_of_b(cols1 + k * params[g].b_row);
  }
  workgroupBarrier(); // several
  parts[(share * LINES + line) * 2u] = sum0;
  parts[(share * LINES + line) * 2u + 1u] = sum1;
  workgroupBarrier();

  if (slot >= 2u * LINES) { return; }
  var sum = vec4f();
  for (var i = 0u; i < SHARES; i++) { sum += parts[i * LINES * 2u + slot]; }
  sum *= params[g].scale;
  let row = first_row + slot / 2u;
  let first_col = col + slot % 2u * 4u;
  for (var k = 0u; k < params[g].rank; k++) {
    let u_at = at.u + min(row, params[g].rows - 1u) * params[g].u_row + k * params[g].u_col;
    sum += params[g].update_scale * u[u_at] * v_row_of(at, first_col, 1u, k);
  }
  store_row(at, row, first_col, 1u, sum);
}
