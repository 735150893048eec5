// found[p] = 1 + k for the smallest k of which input[k · PARTS + p] is not a number, −(1 + k) where it is infinite,
// 0 where all of these are finite
//
//   input  [length]    found  [PARTS]
//
// By the bits, because compilers may take x == x for true. One invocation per part, neighbours read side by side.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> found: array<f32>;

const PARTS = 256u;

@compute @workgroup_size(64)
fn first_not_finite(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let part = flat_index(group, groups, local);
  if (part >= PARTS) { return; }
  var first = 0.0;
  for (var i = part; i < params.length; i += PARTS) {
    let value = read_input(i);
    if (is_finite(value)) { continue; }
    let is_infinite = (bitcast<u32>(value) & 0x7fffffu) == 0u;
    first = select(1.0, -1.0, is_infinite) * (1.0 + f32(i / PARTS));
    break;
  }
  found[part] = first;
}
