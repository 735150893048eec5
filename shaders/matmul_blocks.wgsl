// What matmul.wgsl computes, for GPUs and for large matrices: as in matmul_tiled.wgsl, but with blocks of BLOCK x BLOCK
// and 8 x 8 values to an invocation, which reads four rows or columns at a time from workgroup memory. Fewer blocks to
// share out, and more work for each load.
//
// Past the edges, loads give 0 and stores are left out.

const BLOCK = 128u;
const DEPTH = 8u;
// Lines of a block, four to a vector, and one vector more, which keeps neighbouring k on different memory banks.
const QUADS = BLOCK / 4u;
const PITCH = QUADS + 1u;

var<workgroup> a_block: array<vec4f, DEPTH * PITCH>;
var<workgroup> b_block: array<vec4f, DEPTH * PITCH>;

@compute @workgroup_size(16, 16)
fn matmul_blocks(
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

  // Each invocation loads four lines at one k; neighbours walk along k or along the lines, whichever is contiguous.
  let a_k = select(slot / QUADS, slot % DEPTH, params[g].a_col == 1u);
  let a_quad = select(slot % QUADS, slot / DEPTH, params[g].a_col == 1u);
  let b_k = select(slot / QUADS, slot % DEPTH, params[g].b_row == 1u);
  let b_quad = select(slot % QUADS, slot / DEPTH, params[g].b_row == 1u);

  var tile00 = mat4x4f();
  var tile01 = mat4x4f();
  var tile10 = mat4x4f();
  var tile11 = mat4x4f();
  for (var k0 = 0u; k0 < params[g].inner; k0 += DEPTH) {
    a_block[a_k * PITCH + a_quad] = a_or_zero(at, first_row + 4u * a_quad, k0 + a_k);
    b_block[b_k * PITCH + b_quad] = b_or_zero(at, first_col + 4u * b_quad, k0 + b_k);
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let x0 = a_block[k * PITCH + 2u * local.y];
      let x1 = a_block[k * PITCH + 2u * local.y + 1u];
      let y0 = b_block[k * PITCH + 2u * local.x];
      let y1 = b_block[k * PITCH + 2u * local.x + 1u];
      tile00 += outer(x0, y0);
      tile01 += outer(x0, y1);
      tile10 += outer(x1, y0);
      tile11 += outer(x1, y1);
    }
    workgroupBarrier();
  }
  tile00 *= params[g].scale;
  tile01 *= params[g].scale;
  tile10 *= params[g].scale;
  tile11 *= params[g].scale;

  let row = first_row + 8u * local.y;
  let col = first_col + 8u * local.x;
  for (var k = 0u; k < params[g].rank; k++) {
    let u0 = params[g].update_scale * u_col_of(at, row, 1u, k);
    let u1 = params[g].update_scale * u_col_of(at, row + 4u, 1u, k);
    let v0 = v_row_of(at, col, 1u, k);
    let v1 = v_row_of(at, col + 4u, 1u, k);
    tile00 += outer(u0, v0);
    tile01 += outer(u0, v1);
    tile10 += outer(u1, v0);
    tile11 += outer(u1, v1);
  }
  store_rows(at, row, col, 1u, tile00);
  store_rows(at, row, col + 4u, 1u, tile01);
  store_rows(at, row + 4u, col, 1u, tile10);
  store_rows(at, row + 4u, col + 4u, 1u, tile11);
}

// Column k of a in four rows, zero past the edges.
fn a_or_zero(at: Starts, row: u32, k: u32) -> vec4f {
  var values = vec4f();
  if (k >= params[at.g].inner) { return values; }
  let start = at.a + row * params[at.g].a_row + k * params[at.g].a_col;
  if (row < params[at.g].rows) { values.x = read_a(start); }
  if (row + 1u < params[at.g].rows) { values.y = read_a(start + params[at.g].a_row); }
  if (row + 2u < params[at.g].rows) { values.z = read_a(start + 2u * params[at.g].a_row); }
  if (row + 3u < params[at.g].rows) { values.w = read_a(start + 3u * params[at.g].a_row); }
  return values;
}

// Row k of b in four columns, zero past the edges.
fn b_or_zero(at: Starts, col: u32, k: u32) -> vec4f {
  var values = vec4f();
  if (k >= params[at.g].inner) { return values; }
  let start = at.b + k * params[at.g].b_row + col * params[at.g].b_col;
  if (col < params[at.g].cols) { values.x = read_b(start); }
  if (col + 1u < params[at.g].cols) { values.y = read_b(start + params[at.g].b_col); }
  if (col + 2u < params[at.g].cols) { values.z = read_b(start + 2u * params[at.g].b_col); }
  if (col + 3u < params[at.g].cols) { values.w = read_b(start + 3u * params[at.g].b_col); }
  return values;
}
