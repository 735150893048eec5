// out[ids[i]] += values[i], in the order of i, on a table that is zero before
//
//   values  [count, width]    ids  [count], whole numbers    out  [entries, width]
//
// One invocation per position and column. The first position of an id adds up all later ones of the same id, in order,
// and alone writes its row; the others do nothing. So no atomics are needed and the sum is the same on every run.

struct Params {
  count: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn scatter_add_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.count * params.width) { return; }
  let first = at / params.width;
  let col = at % params.width;
  let id = ids[first];
  for (var before = 0u; before < first; before++) {
    if (ids[before] == id) { return; }
  }
  var sum = 0.0;
  for (var i = first; i < params.count; i++) {
    if (ids[i] == id) { sum += values[i * params.width + col]; }
  }
  out[u32(id) * params.width + col] = sum;
}
