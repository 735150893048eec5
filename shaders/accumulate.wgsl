// sum[i] = sum[i] + share · part[i]; the first micro-batch of a step begins the sum
//
//   part, sum  [length]    step_scalars  [64]: MICRO_BATCH from 0, and its SHARE of the step
//
// Whatever the step before has left in the sum, even what is no number, is gone with the first micro-batch. One invocation adds
// four values, 64 apart, so that neighbours read neighbours.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> part: array<f32>;
@group(0) @binding(2) var<storage, read> step_scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> sum: array<f32>;

@compute @workgroup_size(64)
fn accumulate(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = flat_index(group, groups, 0u) * 4u + local;
  for (var i = first; i < min(first + 256u, params.length); i += 64u) {
    sum[i] = select(sum[i], 0.0, step_scalars[MICRO_BATCH] == 0.0) + step_scalars[SHARE] * part[i];
  }
}
