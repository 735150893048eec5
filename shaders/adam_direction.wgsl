// Adam's moments of a stack of matrices, and the direction that they give, which another kernel takes
//
//   gradients, first_moment, second_moment, direction  [count, size], matrices `stride` apart
//   step_scalars  [64]: FIRST_CORRECTION = 1 / (1 − beta1^t), SECOND_CORRECTION = 1 / (1 − beta2^t)
//   clip  [1]: factor for all gradients; where it is negative, moments stay as they are and the direction is 0
//
// epsilon is added to the root before the second moment's bias is corrected, as GaLore has it. One invocation per element.

struct Params {
  count: u32,
  size: u32,
  stride: u32,
  beta1: f32,
  beta2: f32,
  rest1: f32,
  rest2: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> step_scalars: array<f32>;
@group(0) @binding(3) var<storage, read> clip: array<f32>;
@group(0) @binding(4) var<storage, read_write> first_moment: array<f32>;
@group(0) @binding(5) var<storage, read_write> second_moment: array<f32>;
@group(0) @binding(6) var<storage, read_write> direction: array<f32>;

@compute @workgroup_size(64)
fn adam_direction(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.count * params.size) { return; }
  let at = i / params.size * params.stride + i % params.size;
  if (clip[0] < 0.0) {
    direction[at] = 0.0;
    return;
  }
  let gradient = gradients[at] * clip[0];
  let first = params.beta1 * first_moment[at] + params.rest1 * gradient;
  let second = params.beta2 * second_moment[at] + params.rest2 * gradient * gradient;
  direction[at] = first / (sqrt(second) + params.epsilon) * (step_scalars[FIRST_CORRECTION] / sqrt(step_scalars[SECOND_CORRECTION]));
  first_moment[at] = first;
  second_moment[at] = second;
}
