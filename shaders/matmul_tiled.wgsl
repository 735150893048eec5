// What matmul.wgsl computes, for GPUs: a workgroup of 16 x 16 invocations computes a BLOCK x BLOCK part of out, 4 x 4
// values each, walking `inner` DEPTH values at a time through workgroup memory. Loads run along whichever axis of an
// operand is contiguous. Past the edges, loads give 0 and stores are left out.

const BLOCK = 64u;
const DEPTH = 16u;
// One row more than BLOCK keeps the transposed stores of a on different memory banks.
const PITCH = 65u;

var<workgroup> a_tile: array<f32, DEPTH * PITCH>;
var<workgroup> b_tile: array<f32, DEPTH * PITCH>;

@compute @workgroup_size(16, 16)
fn matmul_tiled(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) slot: u32,
) {
  var block: Block;
  block.at = group;
  block = block_of(group, groups, BLOCK, BLOCK); // several
  for (; is_there(block); block.g++) // several
  { multiply(block, local, slot); }
}

fn multiply(block: Block, local: vec3u, slot: u32) {
  let g = block.g; // several
  let at = starts_of(block, block.at.z);
  let first_row = block.at.y * BLOCK;
  let first_col = block.at.x * BLOCK;

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var k0 = 0u; k0 < params[g].inner; k0 += DEPTH) {
    for (var part = 0u; part < 4u; part++) {
      let i = part * 256u + slot;
      // (i % DEPTH, i / DEPTH) walks along k, (i % BLOCK, i / BLOCK) along the rows or columns.
      let a_k = select(i / BLOCK, i % DEPTH, params[g].a_col == 1u);
      let a_line = select(i % BLOCK, i / DEPTH, params[g].a_col == 1u);
      let b_k = select(i / BLOCK, i % DEPTH, params[g].b_row == 1u);
      let b_line = select(i % BLOCK, i / DEPTH, params[g].b_row == 1u);
      var a_value = 0.0;
      if (first_row + a_line < params[g].rows && k0 + a_k < params[g].inner) {
        a_value = read_a(at.a + (first_row + a_line) * params[g].a_row + (k0 + a_k) * params[g].a_col);
      }
      var b_value = 0.0;
      if (first_col + b_line < params[g].cols && k0 + b_k < params[g].inner) {
        b_value = read_b(at.b + (k0 + b_k) * params[g].b_row + (first_col + b_line) * params[g].b_col);
      }
      a_tile[a_k * PITCH + a_line] = a_value;
      b_tile[b_k * PITCH + b_line] = b_value;
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let a_at = k * PITCH + local.y;
      let b_at = k * PITCH + local.x;
      let b_row = vec4f(b_tile[b_at], b_tile[b_at + 16u], b_tile[b_at + 32u], b_tile[b_at + 48u]);
      sum0 += a_tile[a_at] * b_row;
      sum1 += a_tile[a_at + 16u] * b_row;
      sum2 += a_tile[a_at + 32u] * b_row;
      sum3 += a_tile[a_at + 48u] * b_row;
    }
    workgroupBarrier();
  }

  let row = first_row + local.y;
  let col = first_col + local.x;
  sum0 *= params[g].scale;
  sum1 *= params[g].scale;
  sum2 *= params[g].scale;
  sum3 *= params[g].scale;
  for (var k = 0u; k < params[g].rank; k++) {
    let u_col = params[g].update_scale * u_col_of(at, row, 16u, k);
    let v_row = v_row_of(at, col, 16u, k);
    sum0 += u_col.x * v_row;
    sum1 += u_col.y * v_row;
    sum2 += u_col.z * v_row;
    sum3 += u_col.w * v_row;
  }
  store_row(at, row, col, 16u, sum0);
  store_row(at, row + 16u, col, 16u, sum1);
  store_row(at, row + 32u, col, 16u, sum2);
  store_row(at, row + 48u, col, 16u, sum3);
}
