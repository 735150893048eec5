// moment = beta · moment + weight · clip · gradients, and the direction that it gives
//
//   gradients, moment, direction  [length]
//   clip  [1]: factor for all gradients; where it is negative, the moment stays as it is and the direction is 0
//
// With Nesterov the direction is beta · moment + weight · clip · gradients of the new moment. One invocation per element.

struct Params {
  length: u32,
  beta: f32,
  weight: f32,
  nesterov: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read> clip: array<f32>;
@group(0) @binding(3) var<storage, read_write> moment: array<f32>;
@group(0) @binding(4) var<storage, read_write> direction: array<f32>;

@compute @workgroup_size(64)
fn momentum(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  if (clip[0] < 0.0) {
    direction[i] = 0.0;
    return;
  }
  let part = params.weight * clip[0] * gradients[i];
  let next = params.beta * moment[i] + part;
  direction[i] = select(next, params.beta * next + part, params.nesterov == 1u);
  moment[i] = next;
}
