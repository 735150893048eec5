// out[i] = input[2 i] and input[2 i + 1] as IEEE 754 binary16, the first in the lower half of the word
//
//   input  [length]    out  [(length + 1) / 2]
//
// To the nearest, ties to even, by integers: pack2x16float may round either way. What is too large becomes an infinity.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn pack_halves(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (2u * i >= params.length) { return; }
  let low = half_of(input[2u * i]);
  var high = 0u;
  if (2u * i + 1u < params.length) { high = half_of(input[2u * i + 1u]); }
  out[i] = low | (high << 16u);
}

fn half_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let sign = (bits >> 16u) & 0x8000u;
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return sign | 0x7e00u; }
  // 65520 is halfway between the largest half and what would follow it.
  if (size >= 0x477ff000u) { return sign | 0x7c00u; }
  if (size >= 0x38800000u) { return sign | ((size - 0x38000000u + 0xfffu + ((size >> 13u) & 1u)) >> 13u); }
  // Subnormals count units of 2^-24; below half of one there is nothing.
  if (size <= 0x33000000u) { return sign; }
  let shift = 126u - (size >> 23u);
  let mantissa = (size & 0x7fffffu) | 0x800000u;
  let whole = mantissa >> shift;
  let rest = mantissa & ((1u << shift) - 1u);
  let middle = 1u << (shift - 1u);
  let goes_up = rest > middle || (rest == middle && (whole & 1u) == 1u);
  return sign | (whole + select(0u, 1u, goes_up));
}
