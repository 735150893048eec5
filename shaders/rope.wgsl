// out = input with feature i and feature i + width/2 of every head turned by an angle that grows with the position:
//
//   (a, b) ↦ (a · cos − b · sin, b · cos + a · sin)
//
//   input, out  [rows, heads, length, width], each placed by strides, features next to each other
//   table       [positions, width]: cosines of a position's width/2 angles, then their sines
//
// INVERSE turns back, which is the gradient. One invocation per pair of features.

struct Params {
  rows: u32,
  heads: u32,
  length: u32,
  width: u32,
  input_offset: u32,
  input_row: u32,
  input_head: u32,
  input_position: u32,
  out_row: u32,
  out_head: u32,
  out_position: u32,
}

override INVERSE: bool;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> table: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn rope(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = flat_index(group, groups, local);
  let half = params.width / 2u;
  if (index >= params.rows * params.heads * params.length * half) { return; }
  let pair = index % half;
  let head = index / half % params.heads;
  let position = index / (half * params.heads) % params.length;
  let row = index / (half * params.heads * params.length);

  let turn = position * params.width + pair;
  let cosine = table[turn];
  let sine = select(table[turn + half], -table[turn + half], INVERSE);
  let start = params.input_offset + row * params.input_row + head * params.input_head;
  let input_at = start + position * params.input_position + pair;
  let out_at = row * params.out_row + head * params.out_head + position * params.out_position + pair;
  let a = input[input_at];
  let b = input[input_at + half];
  out[out_at] = a * cosine - b * sine;
  out[out_at + half] = b * cosine + a * sine;
}
