// out = input where it is kept, scaled by 1 / (1 − probability); 0 elsewhere
//
//   input, out  [length]    step_scalars  [64]: STEP, SEED_LOW and SEED_HIGH, MICRO_BATCH
//
// Whether element i is kept depends on seed, step, micro-batch, stream and i alone, so that the backward pass finds the same mask.
// One invocation settles four neighbours with one draw.

struct Params {
  length: u32,
  stream: u32,
  probability: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> step_scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn dropout(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let quad = flat_index(group, groups, local);
  if (quad * 4u >= params.length) { return; }
  let seed = u32(step_scalars[SEED_LOW]) | (u32(step_scalars[SEED_HIGH]) << 16u);
  let words = philox(vec4u(quad, u32(step_scalars[STEP]), u32(step_scalars[MICRO_BATCH]), 1u), vec2u(seed, params.stream));
  let keep = 1.0 / (1.0 - params.probability);
  for (var lane = 0u; lane < 4u; lane++) {
    let i = quad * 4u + lane;
    if (i < params.length) {
      out[i] = select(0.0, input[i] * keep, unit(words[lane]) >= params.probability);
    }
  }
}
