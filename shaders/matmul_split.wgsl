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
fn matmul_split(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) slot: u32) {
  let at = starts_of(group.z);
  let first_row = group.y * LINES;
  let col = group.x * COLS;

  let share = select(slot / LINES, slot % SHARES, params.a_col == 1u);
  let line = select(slot % LINES, slot / SHARES, params.a_col == 1u);
  let a_line = at.a + min(first_row + line, params.rows - 1u) * params.a_row;
  let cols0 = b_cols(at, col, 1u);
  let cols1 = b_cols(at, col + 4u, 1u);
  var sum0 = vec4f();
  var sum1 = vec4f();
  for (var k = share; k < params.inner; k += SHARES) {
    let x = read_a(a_line + k * params.a_col);
    sum0 += x * four_of_b(cols0 + k * params.b_row);
    sum1 += x * four_of_b(cols1 + k * params.b_row);
  }
  parts[(share * LINES + line) * 2u] = sum0;
  parts[(share * LINES + line) * 2u + 1u] = sum1;
  workgroupBarrier();

  if (slot >= 2u * LINES) { return; }
  var sum = vec4f();
  for (var i = 0u; i < SHARES; i++) { sum += parts[i * LINES * 2u + slot]; }
  sum *= params.scale;
  let row = first_row + slot / 2u;
  let first_col = col + slot % 2u * 4u;
  for (var k = 0u; k < params.rank; k++) {
    let u_at = at.u + min(row, params.rows - 1u) * params.u_row + k * params.u_col;
    sum += params.update_scale * u[u_at] * v_row_of(at, first_col, 1u, k);
  }
  store_row(at, row, first_col, 1u, sum);
}
