// losses[row] = (prediction[row] − target[row])², mean[0] = Σ losses · weights / Σ weights, and the mean's gradient with
// respect to predictions
//
//   predictions, targets, weights, losses, d_predictions   [rows]    mean  [1]
//
// One workgroup, of which one invocation adds everything in order: the same sum on every run. Weights that are all zero give
// zeros. What stands before the barrier is rounded before it is used, as if two kernels computed it.

struct Params {
  rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> predictions: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;
@group(0) @binding(5) var<storage, read_write> mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_predictions: array<f32>;

@compute @workgroup_size(64)
fn mean_squared_error(@builtin(local_invocation_index) local: u32) {
  var total = 0.0;
  for (var row = 0u; row < params.rows; row++) { total += weights[row]; }
  for (var row = local; row < params.rows; row += 64u) {
    let error = predictions[row] - targets[row];
    losses[row] = error * error;
    d_predictions[row] = select(weights[row] / total, 0.0, total == 0.0);
  }
  storageBarrier();
  for (var row = local; row < params.rows; row += 64u) {
    d_predictions[row] = 2.0 * d_predictions[row] * (predictions[row] - targets[row]);
  }
  if (local != 0u) { return; }
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    // A row that does not count may hold anything, so it is skipped rather than multiplied by zero.
    if (weights[row] != 0.0) { sum += losses[row] * weights[row]; }
  }
  mean[0] = select(sum / total, 0.0, total == 0.0);
}
