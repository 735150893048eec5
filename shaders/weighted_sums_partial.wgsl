// sums[p] = Σ values · weights, totals[p] = Σ weights, over the p-th of PARTS equal stretches
//
//   values, weights  [length]    sums, totals  [PARTS]
//
// One invocation per stretch, in order, so that the sums are the same on every run.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<storage, read_write> totals: array<f32>;

const PARTS = 1024u;

@compute @workgroup_size(64)
fn weighted_sums_partial(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let part = flat_index(group, groups, local);
  if (part >= PARTS) { return; }
  let stretch = (params.length + PARTS - 1u) / PARTS;
  var sum = 0.0;
  var total = 0.0;
  for (var i = part * stretch; i < min((part + 1u) * stretch, params.length); i++) {
    // A row that does not count may hold anything, so it is skipped rather than multiplied by zero.
    if (weights[i] != 0.0) {
      sum += values[i] * weights[i];
      total += weights[i];
    }
  }
  sums[part] = sum;
  totals[part] = total;
}
