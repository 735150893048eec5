// parameters = parameters − rate · (scale · direction + decay · parameters), in place
//
//   parameters, direction  [count, size], matrices `stride` apart
//   step_scalars  [64]: LEARNING_RATE    clip  [1]: where it is negative, everything stays as it is
//
// One invocation per element.

struct Params {
  count: u32,
  size: u32,
  stride: u32,
  rate: f32,
  scale: f32,
  decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> direction: array<f32>;
@group(0) @binding(2) var<storage, read> step_scalars: array<f32>;
@group(0) @binding(3) var<storage, read> clip: array<f32>;
@group(0) @binding(4) var<storage, read_write> parameters: array<f32>;

@compute @workgroup_size(64)
fn descend(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.count * params.size || clip[0] < 0.0) { return; }
  let at = i / params.size * params.stride + i % params.size;
  let step = params.scale * direction[at] + params.decay * parameters[at];
  parameters[at] = parameters[at] - step_scalars[LEARNING_RATE] * params.rate * step;
}
