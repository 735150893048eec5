// d_scores = p ⊙ (d_out − p · d_out), row by row, for the result p of a softmax
//
//   p, d_out, d_scores   [rows, cols]
//
// One invocation, or one workgroup, per row. What was masked has p = 0 and so no gradient.

struct Params {
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read> d_out: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_scores: array<f32>;

@compute @workgroup_size(64)
fn softmax_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  if (row >= params.rows) { return; }
  let lane = lane_of(local);
  let first = row * params.cols;
  var product = 0.0;
  for (var i = lane; i < params.cols; i += LANES) { product += p[first + i] * d_out[first + i]; }
  product = row_sum(local, product);
  for (var i = lane; i < params.cols; i += LANES) {
    d_scores[first + i] = p[first + i] * (d_out[first + i] - product);
  }
}
