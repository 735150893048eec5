// d_values[i] = d_mean[0] · weights[i] / total[0]
//
//   weights, d_values  [length]    d_mean, total  [1]

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> total: array<f32>;
@group(0) @binding(3) var<storage, read> d_mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_values: array<f32>;

@compute @workgroup_size(64)
fn mean_of_sums_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  d_values[i] = select(d_mean[0] * weights[i] / total[0], 0.0, total[0] == 0.0);
}
