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
// Barrier-free: an invocation computes TILE x TILE values in registers. Its columns lie a whole row of tiles apart, so
// that neighbouring invocations read neighbouring columns of b. Past the edges, loads repeat the last row or column
// and stores are left out.

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

const TILE = 4u;

@compute @workgroup_size(64)
fn matmul(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles_x = (params.cols + TILE - 1u) / TILE;
  let tiles = tiles_x * ((params.rows + TILE - 1u) / TILE);
  let index = flat_index(group, groups, local);
  let n = index / tiles;
  if (n >= params.batch) { return; }
  let tile = index - n * tiles;
  let row = (tile / tiles_x) * TILE;
  let col = tile % tiles_x;
  let outer = n / params.inner_batch;
  let inner = n - outer * params.inner_batch;

  let rows = min(vec4u(row) + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u));
  let cols = min(vec4u(col) + vec4u(0u, 1u, 2u, 3u) * tiles_x, vec4u(params.cols - 1u));
  var a_at = rows * params.a_row + params.a_offset + outer * params.a_outer + inner * params.a_inner;
  var b_at = cols * params.b_col + params.b_offset + outer * params.b_outer + inner * params.b_inner;

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var k = 0u; k < params.inner; k++) {
    let b_row = vec4f(b[b_at.x], b[b_at.y], b[b_at.z], b[b_at.w]);
    sum0 += a[a_at.x] * b_row;
    sum1 += a[a_at.y] * b_row;
    sum2 += a[a_at.z] * b_row;
    sum3 += a[a_at.w] * b_row;
    a_at += params.a_col;
    b_at += params.b_row;
  }

  store_row(row, col, tiles_x, outer, inner, sum0);
  store_row(row + 1u, col, tiles_x, outer, inner, sum1);
  store_row(row + 2u, col, tiles_x, outer, inner, sum2);
  store_row(row + 3u, col, tiles_x, outer, inner, sum3);
}

fn store_row(row: u32, col: u32, step: u32, outer: u32, inner: u32, sum: vec4f) {
  if (row >= params.rows) { return; }
  let c_at = params.c_offset + outer * params.c_outer + inner * params.c_inner + row * params.c_row;
  let out_at = params.out_offset + outer * params.out_outer + inner * params.out_inner + row * params.out_row;
  for (var j = 0u; j < TILE; j++) {
    let column = col + j * step;
    if (column < params.cols) {
      out[out_at + column * params.out_col] = params.scale * sum[j] + c[c_at + column * params.c_col];
    }
  }
}
