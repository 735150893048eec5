// loss[row] = log Σ_class exp(logits[row, class]) − logits[row, labels[row]]
//
//   logits  [rows, classes]    labels  [rows], whole numbers    loss  [rows]
//
// One invocation, or one workgroup, per row: the largest logit first, so that no exponential overflows.

struct Params {
  rows: u32,
  classes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;

@compute @workgroup_size(64)
fn cross_entropy(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  if (row >= params.rows) { return; }
  let lane = lane_of(local);
  let first = row * params.classes;
  var largest = logits[first];
  for (var i = lane; i < params.classes; i += LANES) {
    largest = max(largest, logits[first + i]);
  }
  largest = row_max(local, largest);
  var sum = 0.0;
  for (var i = lane; i < params.classes; i += LANES) {
    sum += exp(logits[first + i] - largest);
  }
  sum = row_sum(local, sum);
  if (lane == 0u) { loss[row] = log(sum) + largest - logits[first + u32(labels[row])]; }
}
