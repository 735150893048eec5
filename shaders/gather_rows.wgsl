// out[i] = table[ids[i]]
//
//   table  [entries, width]    ids  [count], whole numbers    out  [count, width]

struct Params {
  count: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> ids: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn gather_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.count * params.width) { return; }
  out[at] = read_table(u32(ids[at / params.width]) * params.width + at % params.width);
}
