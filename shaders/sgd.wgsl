// parameters = parameters − rate · (clip · gradients + decay · parameters), in place
//
//   parameters, gradients  [length]    group_of_block  [length / 64]    groups  [count, 4]: rate multiple, decay
//   step_scalars  [64]: LEARNING_RATE    clip  [1]: where it is negative, everything stays as it is
//
// One invocation per element; groups as in adamw.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> group_of_block: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<f32>;
@group(0) @binding(4) var<storage, read> step_scalars: array<f32>;
@group(0) @binding(5) var<storage, read> clip: array<f32>;
@group(0) @binding(6) var<storage, read_write> parameters: array<f32>;

@compute @workgroup_size(64)
fn sgd(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups_in_grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups_in_grid, local);
  if (i >= params.length || clip[0] < 0.0) { return; }
  let own = 4u * u32(group_of_block[i / 64u]);
  let rate = step_scalars[LEARNING_RATE] * groups[own];
  parameters[i] = parameters[i] - rate * (clip[0] * gradients[i] + groups[own + 1u] * parameters[i]);
}
