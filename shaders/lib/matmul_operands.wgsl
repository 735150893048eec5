// What the kernels of matmul.wgsl share: where the elements of its operands lie. How a and b are read, `read_a` and `read_b`
// say, and how results are stored, `store` and `store_row`; of each there are several.
//
// A dispatch computes one product or several, and there is a text for each (`kernels/productTexts.ts`). This is the one for
// several; the one for one is without lines that end with `// several` and without the index in `params[g]`.

struct Params {
  @align(16) batch: u32,
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
  // The first workgroup that is for a product, and the first that is not.
  first: u32, // several
  end: u32, // several
  // How many products, this one and those behind it, are the terms of one sum; each adds to what the ones before came to.
  terms: u32, // several
}

@group(0) @binding(0) var<uniform> params: array<Params, 64>;
@group(0) @binding(3) var<storage, read> u: array<f32>;
@group(0) @binding(4) var<storage, read> v: array<f32>;
@group(0) @binding(5) var<storage, read> c: array<f32>;
@group(0) @binding(6) var<storage, read> d: array<f32>;

// What a workgroup computes.
struct Block {
  // Its place in a product's grid.
  at: vec3u,
  // The product, which is a term of a sum, and the first term of that.
  g: u32, // several
  first: u32, // several
}

// Where a matrix of each operand starts.
struct Starts {
  a: u32,
  b: u32,
  u: u32,
  v: u32,
  c: u32,
  d: u32,
  out: u32,
  // The product that they are of, and whether its sums go on from what is in out, and not from c.
  g: u32, // several
  goes_on: bool, // several
}

fn starts_of(block: Block, n: u32) -> Starts {
  let g = block.g; // several
  let outer = n / params[g].inner_batch;
  let inner = n - outer * params[g].inner_batch;
  return Starts(
    params[g].a_offset + outer * params[g].a_outer + inner * params[g].a_inner,
    params[g].b_offset + outer * params[g].b_outer + inner * params[g].b_inner,
    params[g].u_offset + outer * params[g].u_outer + inner * params[g].u_inner,
    params[g].v_offset + outer * params[g].v_outer + inner * params[g].v_inner,
    params[g].c_offset + outer * params[g].c_outer + inner * params[g].c_inner,
    params[g].d_offset + outer * params[g].d_outer + inner * params[g].d_inner,
    params[g].out_offset + outer * params[g].out_outer + inner * params[g].out_inner,
    g, // several
    g > block.first, // several
  );
}

// Where four rows of a begin that lie `step` apart; past the edge the last one repeats.
fn a_rows(at: Starts, row: u32, step: u32) -> vec4u {
  return at.a + min(row + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params[at.g].rows - 1u)) * params[at.g].a_row;
}

// Where four columns of b begin that lie `step` apart; past the edge the last one repeats.
fn b_cols(at: Starts, col: u32, step: u32) -> vec4u {
  return at.b + min(col + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params[at.g].cols - 1u)) * params[at.g].b_col;
}

fn four_of_a(at: vec4u) -> vec4f { return vec4f(read_a(at.x), read_a(at.y), read_a(at.z), read_a(at.w)); }

fn four_of_b(at: vec4u) -> vec4f { return vec4f(read_b(at.x), read_b(at.y), read_b(at.z), read_b(at.w)); }

// Row k of v in four columns that lie `step` apart; past the edge the last one repeats.
fn v_row_of(at: Starts, col: u32, step: u32, k: u32) -> vec4f {
  let cols = min(col + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params[at.g].cols - 1u));
  let v_at = at.v + k * params[at.g].v_row + cols * params[at.g].v_col;
  return vec4f(v[v_at.x], v[v_at.y], v[v_at.z], v[v_at.w]);
}

// Column k of u in four rows that lie `step` apart; past the edge the last one repeats.
fn u_col_of(at: Starts, row: u32, step: u32, k: u32) -> vec4f {
  let rows = min(row + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params[at.g].rows - 1u));
  let u_at = at.u + k * params[at.g].u_col + rows * params[at.g].u_row;
  return vec4f(u[u_at.x], u[u_at.y], u[u_at.z], u[u_at.w]);
}

// What c adds; a product that is without has no strides for it.
fn c_of(at: Starts, row: u32, col: u32) -> f32 {
  let g = at.g; // several
  var value = c[at.c + row * params[g].c_row + col * params[g].c_col];
  value = select(0.0, value, (params[g].c_outer | params[g].c_inner | params[g].c_row | params[g].c_col) != 0u); // several
  return value;
}

// What d adds, likewise.
fn d_of(at: Starts, row: u32, col: u32) -> f32 {
  let g = at.g; // several
  var value = d[at.d + row * params[g].d_row + col * params[g].d_col];
  value = select(0.0, value, (params[g].d_outer | params[g].d_inner | params[g].d_row | params[g].d_col) != 0u); // several
  return value;
}
