// out[row] = (input[row] − mean) / √(variance + epsilon) · scale + bias, over the columns of each row
//
//   input, out  [rows, cols]    scale, bias  [cols]    statistics  [rows, 2]: mean and 1 / √(variance + epsilon)
//
// One invocation, or one workgroup, per row. The variance is summed from deviations, in a second pass: E[x²] − E[x]² cancels.

struct Params {
  rows: u32,
  cols: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> statistics: array<f32>;

@compute @workgroup_size(64)
fn layer_norm(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  if (row >= params.rows) { return; }
  let lane = lane_of(local);
  let first = row * params.cols;
  var sum = 0.0;
  for (var i = lane; i < params.cols; i += LANES) { sum += input[first + i]; }
  let mean = row_sum(local, sum) / f32(params.cols);
  var squares = 0.0;
  for (var i = lane; i < params.cols; i += LANES) {
    let deviation = input[first + i] - mean;
    squares += deviation * deviation;
  }
  let inverse = 1.0 / sqrt(row_sum(local, squares) / f32(params.cols) + params.epsilon);
  for (var i = lane; i < params.cols; i += LANES) {
    out[first + i] = (input[first + i] - mean) * inverse * scale[i] + bias[i];
  }
  if (lane == 0u) {
    statistics[2u * row] = mean;
    statistics[2u * row + 1u] = inverse;
  }
}
