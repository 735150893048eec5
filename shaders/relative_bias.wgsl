// out[head, query, key] = table[bucket of key − query, head]
//
//   table    [buckets, heads]
//   buckets  [2 · reach + 1], whole numbers: of the distances −reach … reach; farther ones count as these
//   out      [heads, queries, keys]

struct Params {
  heads: u32,
  queries: u32,
  keys: u32,
  reach: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> buckets: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn relative_bias(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.heads * params.queries * params.keys) { return; }
  let key = at % params.keys;
  let query = at / params.keys % params.queries;
  let head = at / (params.keys * params.queries);
  let reach = i32(params.reach);
  let distance = clamp(i32(key) - i32(query), -reach, reach);
  out[at] = table[u32(buckets[distance + reach]) * params.heads + head];
}
