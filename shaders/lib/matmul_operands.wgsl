// What the kernels of matmul.wgsl share: where the elements of its operands lie. How a and b are read, `read_a` and `read_b`
// say, and how results are stored, `store` and `store_row`; of each there are several.

struct Params {
  batch: u32,
  inner_batch: u32,
  rows: u32,
  inner: u32,
  cols: u32,
  rank: u32,
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
  u_offset: u32,
  u_outer: u32,
  u_inner: u32,
  u_row: u32,
  u_col: u32,
  v_offset: u32,
  v_outer: u32,
  v_inner: u32,
  v_row: u32,
  v_col: u32,
  c_offset: u32,
  c_outer: u32,
  c_inner: u32,
  c_row: u32,
  c_col: u32,
  d_offset: u32,
  d_outer: u32,
  d_inner: u32,
  d_row: u32,
  d_col: u32,
  out_offset: u32,
  out_outer: u32,
  out_inner: u32,
  out_row: u32,
  out_col: u32,
  scale: f32,
  update_scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> u: array<f32>;
@group(0) @binding(4) var<storage, read> v: array<f32>;
@group(0) @binding(5) var<storage, read> c: array<f32>;
@group(0) @binding(6) var<storage, read> d: array<f32>;

// Where a matrix of each operand starts.
struct Starts {
  a: u32,
  b: u32,
  u: u32,
  v: u32,
  c: u32,
  d: u32,
  out: u32,
}

fn starts_of(n: u32) -> Starts {
  let outer = n / params.inner_batch;
  let inner = n - outer * params.inner_batch;
  return Starts(
    params.a_offset + outer * params.a_outer + inner * params.a_inner,
    params.b_offset + outer * params.b_outer + inner * params.b_inner,
    params.u_offset + outer * params.u_outer + inner * params.u_inner,
    params.v_offset + outer * params.v_outer + inner * params.v_inner,
    params.c_offset + outer * params.c_outer + inner * params.c_inner,
    params.d_offset + outer * params.d_outer + inner * params.d_inner,
    params.out_offset + outer * params.out_outer + inner * params.out_inner,
  );
}

// Where four rows of a begin that lie `step` apart; past the edge the last one repeats.
fn a_rows(at: Starts, row: u32, step: u32) -> vec4u {
  return at.a + min(row + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params.rows - 1u)) * params.a_row;
}

// Where four columns of b begin that lie `step` apart; past the edge the last one repeats.
fn b_cols(at: Starts, col: u32, step: u32) -> vec4u {
  return at.b + min(col + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params.cols - 1u)) * params.b_col;
}

fn four_of_a(at: vec4u) -> vec4f { return vec4f(read_a(at.x), read_a(at.y), read_a(at.z), read_a(at.w)); }

fn four_of_b(at: vec4u) -> vec4f { return vec4f(read_b(at.x), read_b(at.y), read_b(at.z), read_b(at.w)); }

// Row k of v in four columns that lie `step` apart; past the edge the last one repeats.
fn v_row_of(at: Starts, col: u32, step: u32, k: u32) -> vec4f {
  let cols = min(col + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params.cols - 1u));
  let v_at = at.v + k * params.v_row + cols * params.v_col;
  return vec4f(v[v_at.x], v[v_at.y], v[v_at.z], v[v_at.w]);
}

// Column k of u in four rows that lie `step` apart; past the edge the last one repeats.
fn u_col_of(at: Starts, row: u32, step: u32, k: u32) -> vec4f {
  let rows = min(row + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params.rows - 1u));
  let u_at = at.u + k * params.u_col + rows * params.u_row;
  return vec4f(u[u_at.x], u[u_at.y], u[u_at.z], u[u_at.w]);
}
