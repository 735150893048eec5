// out[i] = half i of input, as pack_halves.wgsl packs them
//
//   input  [(length + 1) / 2]    out  [length]
//
// By integers, so that no device takes subnormal halves for zeros.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn unpack_halves(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  let half = (input[i / 2u] >> (16u * (i % 2u))) & 0xffffu;
  let exponent = (half >> 10u) & 31u;
  let sign = (half & 0x8000u) << 16u;
  var size = ((half & 0x7fffu) << 13u) + 0x38000000u;
  if (exponent == 0u) { size = bitcast<u32>(f32(half & 1023u) * 5.9604644775390625e-8); }
  if (exponent == 31u) { size = 0x7f800000u | ((half & 1023u) << 13u); }
  out[i] = bitcast<f32>(sign | size);
}
