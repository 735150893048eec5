// d_predictions[row] = 2 · d_loss[row] · (prediction[row] − target[row])
//
//   predictions, targets, d_loss, d_predictions   [rows]

struct Params {
  rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> predictions: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read> d_loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_predictions: array<f32>;

@compute @workgroup_size(64)
fn squared_error_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_index(group, groups, local);
  if (row >= params.rows) { return; }
  d_predictions[row] = 2.0 * d_loss[row] * (predictions[row] - targets[row]);
}
