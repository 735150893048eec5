// out[row] = input[row] / √(mean of input[row]² + epsilon) · scale, over the columns of each row
//
//   input, out  [rows, cols]    scale  [cols]    inverse  [rows]: 1 / √(mean of input² + epsilon)
//
// One invocation per row.

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
  let row = flat_index(group, groups, local);
  if (row >= params.rows) { return; }
  let first = row * params.cols;
  var squares = 0.0;
  for (var i = 0u; i < params.cols; i++) { squares += input[first + i] * input[first + i]; }
  let factor = 1.0 / sqrt(squares / f32(params.cols) + params.epsilon);
  for (var i = 0u; i < params.cols; i++) { out[first + i] = input[first + i] * factor * scale[i]; }
  inverse[row] = factor;
}
