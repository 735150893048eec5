// d_logits[row, class] = d_loss[row] · (softmax(logits[row])[class] − [class = labels[row]])
//
//   logits  [rows, classes]    labels, d_loss  [rows]    d_logits  [rows, classes]
//
// One invocation, or one workgroup, per row, like the forward pass; a row of weight zero costs a fill.

struct Params {
  rows: u32,
  classes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<f32>;
@group(0) @binding(3) var<storage, read> d_loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_logits: array<f32>;

@compute @workgroup_size(64)
fn cross_entropy_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  if (row >= params.rows) { return; }
  let lane = lane_of(local);
  let first = row * params.classes;
  let weight = d_loss[row];
  if (weight == 0.0) {
    for (var i = lane; i < params.classes; i += LANES) { d_logits[first + i] = 0.0; }
    return;
  }
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
  let label = u32(labels[row]);
  for (var i = lane; i < params.classes; i += LANES) {
    let share = weight * exp(logits[first + i] - largest) / sum;
    d_logits[first + i] = select(share, share - weight, i == label);
  }
}
