// d_input[row, position] = mask[row, position] · d_out[row] / Σ_position mask
//
//   mask  [rows, length]    d_out  [rows, width]    d_input  [rows, length, width]
//
// One invocation per value of the output.

struct Params {
  rows: u32,
  length: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mask: array<f32>;
@group(0) @binding(2) var<storage, read> d_out: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_input: array<f32>;

@compute @workgroup_size(64)
fn mean_pool_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.rows * params.length * params.width) { return; }
  let token = at / params.width;
  let row = token / params.length;
  var count = 0.0;
  for (var position = 0u; position < params.length; position++) {
    count += mask[row * params.length + position];
  }
  let share = select(mask[token] / count, 0.0, count == 0.0);
  d_input[at] = share * d_out[row * params.width + at % params.width];
}
