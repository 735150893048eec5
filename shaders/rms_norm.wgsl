// out[row] = input[row] / √(mean of input[row]² + epsilon) · scale, over the columns of each row
//
//   input, out  [rows, cols]    scale  [cols]    inverse  [rows]: 1 / √(mean of input² + epsilon)
//
// One invocation, or one workgroup, per row.

struct Params {
  rows: u32,
  cols: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<storage, read_write> inverse: array<f32>;

@compute @workgroup_size(64)
fn rms_norm(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  if (row >= params.rows) { return; }
  let lane = lane_of(local);
  let first = row * params.cols;
  var squares = 0.0;
  for (var i = lane; i < params.cols; i += LANES) { squares += input[first + i] * input[first + i]; }
  let factor = 1.0 / sqrt(row_sum(local, squares) / f32(params.cols) + params.epsilon);
  for (var i = lane; i < params.cols; i += LANES) { out[first + i] = input[first + i] * factor * scale[i]; }
  if (lane == 0u) { inverse[row] = factor; }
}
