// out = tanh(input), element by element
//
//   input, out   [length]
//
// The argument is bounded, because some drivers overflow in tanh; in float32 it is ±1 there anyway.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn tanh_forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  out[i] = tanh(clamp(input[i], -15.0, 15.0));
}
