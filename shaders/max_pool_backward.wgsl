// d_input[row, position] = d_out[row] where the largest value was, and 0 elsewhere
//
//   places, d_out  [rows, width]    d_input  [rows, length, width]
//
// One invocation per value of the output.

struct Params {
  rows: u32,
  length: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> places: array<f32>;
@group(0) @binding(2) var<storage, read> d_out: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_input: array<f32>;

@compute @workgroup_size(64)
fn max_pool_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.rows * params.length * params.width) { return; }
  let token = at / params.width;
  let source = token / params.length * params.width + at % params.width;
  d_input[at] = select(0.0, d_out[source], places[source] == f32(token % params.length));
}
