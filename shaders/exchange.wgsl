// a[i], b[i] = b[i], a[i]
//
//   a, b  [length]
//
// One invocation exchanges four values, 64 apart, so that neighbours read neighbours.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;

@compute @workgroup_size(64)
fn exchange(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = flat_index(group, groups, 0u) * 4u + local;
  for (var i = first; i < min(first + 256u, params.length); i += 64u) {
    let before = a[i];
    a[i] = b[i];
    b[i] = before;
  }
}
