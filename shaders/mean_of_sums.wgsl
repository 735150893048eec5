// total[0] = Σ totals, mean[0] = Σ sums / total[0]
//
//   sums, totals  [parts]    mean, total  [1]
//
// One invocation, in order. A total of zero gives zero.

struct Params {
  parts: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read> totals: array<f32>;
@group(0) @binding(3) var<storage, read_write> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> total: array<f32>;

@compute @workgroup_size(64)
fn mean_of_sums(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  if (flat_index(group, groups, local) != 0u) { return; }
  var sum = 0.0;
  var weight = 0.0;
  for (var part = 0u; part < params.parts; part++) {
    sum += sums[part];
    weight += totals[part];
  }
  mean[0] = select(sum / weight, 0.0, weight == 0.0);
  total[0] = weight;
}
