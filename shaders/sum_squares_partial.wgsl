// partial_sums[p] = Σ input[i]² over the p-th of PARTS equal stretches
//
//   input  [length]    partial_sums  [PARTS]
//
// One invocation per stretch, in order, so that the sum is the same on every run.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial_sums: array<f32>;

const PARTS = 1024u;

@compute @workgroup_size(64)
fn sum_squares_partial(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let part = flat_index(group, groups, local);
  if (part >= PARTS) { return; }
  let stretch = (params.length + PARTS - 1u) / PARTS;
  var sum = 0.0;
  for (var i = part * stretch; i < min((part + 1u) * stretch, params.length); i++) {
    sum += input[i] * input[i];
  }
  partial_sums[part] = sum;
}
