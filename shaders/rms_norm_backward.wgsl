// d_input[row] = inverse · (g − x̂ · mean(g ⊙ x̂)) + sum[row] with g = d_out ⊙ scale and x̂ = input · inverse
//
//   input, d_out, d_input  [rows, cols]    scale  [cols]    inverse  [rows]
//   sum  [rows, cols], what other parts of the gradient come to (sum_step 1), or [1] (sum_step 0)
//
// One invocation, or one workgroup, per row.

struct Params {
  rows: u32,
  cols: u32,
  sum_step: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> inverse: array<f32>;
@group(0) @binding(4) var<storage, read> d_out: array<f32>;
@group(0) @binding(5) var<storage, read> sum: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_input: array<f32>;

@compute @workgroup_size(64)
fn rms_norm_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  if (row >= params.rows) { return; }
  let lane = lane_of(local);
  let first = row * params.cols;
  let factor = inverse[row];
  var product = 0.0;
  for (var i = lane; i < params.cols; i += LANES) {
    product += d_out[first + i] * scale[i] * input[first + i] * factor;
  }
  product = row_sum(local, product) / f32(params.cols);
  for (var i = lane; i < params.cols; i += LANES) {
    let own = factor * (d_out[first + i] * scale[i] - input[first + i] * factor * product);
    d_input[first + i] = own + sum[(first + i) * params.sum_step];
  }
}
