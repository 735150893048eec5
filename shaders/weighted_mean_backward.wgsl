// d_values[i] = d_mean[0] · weights[i] / Σ weights
//
//   weights, d_values  [length]    d_mean  [1]
//
// Every invocation adds up the weights for itself: there are a few thousand at most, and no second dispatch.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> d_mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_values: array<f32>;

@compute @workgroup_size(64)
fn weighted_mean_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  var total = 0.0;
  for (var other = 0u; other < params.length; other++) {
    total += weights[other];
  }
  d_values[i] = select(d_mean[0] * weights[i] / total, 0.0, total == 0.0);
}
