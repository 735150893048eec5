// mean[0] = Σ values · weights / Σ weights
//
//   values, weights   [length]    mean  [1]
//
// One invocation adds everything in order: the same sum on every run. Weights that are all zero give zero.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> mean: array<f32>;

@compute @workgroup_size(64)
fn weighted_mean(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  if (flat_index(group, groups, local) != 0u) { return; }
  var sum = 0.0;
  var total = 0.0;
  for (var i = 0u; i < params.length; i++) {
    // A row that does not count may hold anything, so it is skipped rather than multiplied by zero.
    if (weights[i] != 0.0) {
      sum += values[i] * weights[i];
      total += weights[i];
    }
  }
  mean[0] = select(sum / total, 0.0, total == 0.0);
}
