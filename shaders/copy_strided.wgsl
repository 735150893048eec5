// to[i0, i1, i2, i3] = from[i0, i1, i2, i3], each side placed by its own strides.
//
//   from, to   [size0, size1, size2, size3], element (i0, i1, i2, i3) at offset + i0 · s0 + i1 · s1 + i2 · s2 + i3 · s3
//
// One invocation copies one value. Gathers the gradients of views into the gradient of the tensor they look at.

struct Params {
  size0: u32,
  size1: u32,
  size2: u32,
  size3: u32,
  from_offset: u32,
  from0: u32,
  from1: u32,
  from2: u32,
  from3: u32,
  to_offset: u32,
  to0: u32,
  to1: u32,
  to2: u32,
  to3: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn copy_strided(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = flat_index(group, groups, local);
  if (index >= params.size0 * params.size1 * params.size2 * params.size3) { return; }
  let i3 = index % params.size3;
  let i2 = (index / params.size3) % params.size2;
  let i1 = (index / (params.size3 * params.size2)) % params.size1;
  let i0 = index / (params.size3 * params.size2 * params.size1);
  out[params.to_offset + i0 * params.to0 + i1 * params.to1 + i2 * params.to2 + i3 * params.to3] =
    input[params.from_offset + i0 * params.from0 + i1 * params.from1 + i2 * params.from2 + i3 * params.from3];
}
