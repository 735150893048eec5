// AdamW on everything that trains, in place (Loshchilov and Hutter, 2019; PyTorch's torch.optim.AdamW)
//
//   parameters, first_moment, second_moment, gradients  [length]
//   group_of_block  [length / 64]: the group of each run of 64 elements
//   groups  [count, 4]: learning rate as a multiple of the run's, weight decay, epsilon, unused
//   step_scalars  [64]: LEARNING_RATE, FIRST_CORRECTION = 1 / (1 − beta1^t), SECOND_CORRECTION = 1 / (1 − beta2^t)
//   clip  [1]: factor for all gradients; where it is negative, everything stays as it is
//
// epsilon is added outside the root, and decay is decoupled from the gradient. What of one is left beside a beta comes from
// the host: 1 − 0.999 in float32 is off by 1e-5 of itself. So would 1 − rate · decay be; decay is part of the step instead.
// One invocation per element.

struct Params {
  length: u32,
  beta1: f32,
  beta2: f32,
  rest1: f32,
  rest2: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> group_of_block: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<f32>;
@group(0) @binding(4) var<storage, read> step_scalars: array<f32>;
@group(0) @binding(5) var<storage, read> clip: array<f32>;
@group(0) @binding(6) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(7) var<storage, read_write> first_moment: array<f32>;
@group(0) @binding(8) var<storage, read_write> second_moment: array<f32>;

@compute @workgroup_size(64)
fn adamw(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups_in_grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups_in_grid, local);
  if (i >= params.length || clip[0] < 0.0) { return; }
  let own = 4u * u32(group_of_block[i / 64u]);
  let rate = step_scalars[LEARNING_RATE] * groups[own];
  let gradient = gradients[i] * clip[0];
  let first = params.beta1 * first_moment[i] + params.rest1 * gradient;
  let second = params.beta2 * second_moment[i] + params.rest2 * gradient * gradient;
  let step = first * step_scalars[FIRST_CORRECTION] / (sqrt(second * step_scalars[SECOND_CORRECTION]) + groups[own + 2u]);
  parameters[i] = parameters[i] - rate * (step + groups[own + 1u] * parameters[i]);
  first_moment[i] = first;
  second_moment[i] = second;
}
