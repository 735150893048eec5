// d_scale[col] = Σ_row d_out[row, col] · x̂[row, col] with x̂ = input · inverse
//
//   input, d_out  [rows, cols]    inverse  [rows]    d_scale  [cols]
//
// One invocation per column, over rows in order.

struct Params {
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> inverse: array<f32>;
@group(0) @binding(3) var<storage, read> d_out: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_scale: array<f32>;

@compute @workgroup_size(64)
fn rms_norm_scale_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let col = flat_index(group, groups, local);
  if (col >= params.cols) { return; }
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    let at = row * params.cols + col;
    sum += d_out[at] * input[at] * inverse[row];
  }
  d_scale[col] = sum;
}
