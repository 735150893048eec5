// out = scale · a · b + c, for every matrix of a batch, each operand placed by strides.
//
//   a    [batch, rows, inner]   b    [batch, inner, cols]
//   c    [batch, rows, cols]    out  [batch, rows, cols]
//
// Element (row, col) of matrix n of operand m lies at
//   m_offset + (n / inner_batch) · m_outer + (n % inner_batch) · m_inner + row · m_row + col · m_col,
// so a transpose, a head inside a row of heads, a bias (c_row = 0) or nothing to add (all strides of c 0, c = [0])
// are a choice of strides and not another pipeline.
//
// For GPUs: a workgroup of 16 x 16 invocations computes a BLOCK x BLOCK part of out, 4 x 4 values each, walking
// `inner` DEPTH values at a time through workgroup memory. Loads run along whichever axis of an operand is contiguous.
// Past the edges, loads give 0 and stores are left out.

struct Params {
  batch: u32,
  inner_batch: u32,
  rows: u32,
  inner: u32,
  cols: u32,
  a_offset: u32,
  a_outer: u32,
  a_inner: u32,
  a_row: u32,
  a_col: u32,
  b_offset: u32,
  b_outer: u32,
  b_inner: u32,
  b_row: u32,
  b_col: u32,
  c_offset: u32,
  c_outer: u32,
  c_inner: u32,
  c_row: u32,
  c_col: u32,
  out_offset: u32,
  out_outer: u32,
  out_inner: u32,
  out_row: u32,
  out_col: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const BLOCK = 64u;
const DEPTH = 16u;
// One row more than BLOCK keeps the transposed stores of a on different memory banks.
const PITCH = 65u;

var<workgroup> a_tile: array<f32, DEPTH * PITCH>;
var<workgroup> b_tile: array<f32, DEPTH * PITCH>;

@compute @workgroup_size(16, 16)
fn matmul_tiled(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) slot: u32,
) {
  let outer = group.z / params.inner_batch;
  let inner = group.z % params.inner_batch;
  let a_base = params.a_offset + outer * params.a_outer + inner * params.a_inner;
  let b_base = params.b_offset + outer * params.b_outer + inner * params.b_inner;
  let first_row = group.y * BLOCK;
  let first_col = group.x * BLOCK;

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var k0 = 0u; k0 < params.inner; k0 += DEPTH) {
    for (var part = 0u; part < 4u; part++) {
      let i = part * 256u + slot;
      // (i % DEPTH, i / DEPTH) walks along k, (i % BLOCK, i / BLOCK) along the rows or columns.
      let a_k = select(i / BLOCK, i % DEPTH, params.a_col == 1u);
      let a_line = select(i % BLOCK, i / DEPTH, params.a_col == 1u);
      let b_k = select(i / BLOCK, i % DEPTH, params.b_row == 1u);
      let b_line = select(i % BLOCK, i / DEPTH, params.b_row == 1u);
      var a_value = 0.0;
      if (first_row + a_line < params.rows && k0 + a_k < params.inner) {
        a_value = a[a_base + (first_row + a_line) * params.a_row + (k0 + a_k) * params.a_col];
      }
      var b_value = 0.0;
      if (first_col + b_line < params.cols && k0 + b_k < params.inner) {
        b_value = b[b_base + (k0 + b_k) * params.b_row + (first_col + b_line) * params.b_col];
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
  store_row(row, col, outer, inner, sum0);
  store_row(row + 16u, col, outer, inner, sum1);
  store_row(row + 32u, col, outer, inner, sum2);
  store_row(row + 48u, col, outer, inner, sum3);
}

fn store_row(row: u32, col: u32, outer: u32, inner: u32, sum: vec4f) {
  if (row >= params.rows) { return; }
  let c_at = params.c_offset + outer * params.c_outer + inner * params.c_inner + row * params.c_row;
  let out_at = params.out_offset + outer * params.out_outer + inner * params.out_inner + row * params.out_row;
  for (var j = 0u; j < 4u; j++) {
    let column = col + j * 16u;
    if (column < params.cols) {
      out[out_at + column * params.out_col] = params.scale * sum[j] + c[c_at + column * params.c_col];
    }
  }
}
