// out = random numbers, standard normal, by the Box–Muller transform
//
//   out  [length]    step_scalars  [64]: STEP, SEED_LOW and SEED_HIGH
//
// Element i depends on seed, step, stream and i alone. One invocation makes four neighbours from one draw.

struct Params {
  length: u32,
  stream: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> step_scalars: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn random_normal(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let quad = flat_index(group, groups, local);
  if (quad * 4u >= params.length) { return; }
  let seed = u32(step_scalars[SEED_LOW]) | (u32(step_scalars[SEED_HIGH]) << 16u);
  let words = philox(vec4u(quad, u32(step_scalars[STEP]), 0u, 2u), vec2u(seed, params.stream));
  let radius0 = sqrt(-2.0 * log(unit(words.x)));
  let radius1 = sqrt(-2.0 * log(unit(words.z)));
  let angle0 = 6.283185307 * unit(words.y);
  let angle1 = 6.283185307 * unit(words.w);
  let values = vec4f(radius0 * cos(angle0), radius0 * sin(angle0), radius1 * cos(angle1), radius1 * sin(angle1));
  for (var lane = 0u; lane < 4u; lane++) {
    if (quad * 4u + lane < params.length) { out[quad * 4u + lane] = values[lane]; }
  }
}
