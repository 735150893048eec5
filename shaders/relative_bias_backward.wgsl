// d_table[bucket, head] = sum of d_out[head, query, key] over the distances key − query of that bucket
//
//   d_out    [heads, queries, keys]
//   buckets  [2 · reach + 1], whole numbers: of the distances −reach … reach; farther ones count as these
//   d_table  [entries, heads]
//
// One invocation per bucket and head, which adds up diagonal after diagonal, so that the order of the sum is fixed.

struct Params {
  heads: u32,
  queries: u32,
  keys: u32,
  reach: u32,
  entries: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> d_out: array<f32>;
@group(0) @binding(2) var<storage, read> buckets: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_table: array<f32>;

@compute @workgroup_size(64)
fn relative_bias_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.entries * params.heads) { return; }
  let bucket = f32(at / params.heads);
  let first = at % params.heads * params.queries * params.keys;
  let queries = i32(params.queries);
  let keys = i32(params.keys);
  let reach = i32(params.reach);
  var sum = 0.0;
  for (var distance = 1 - queries; distance < keys; distance++) {
    if (buckets[clamp(distance, -reach, reach) + reach] != bucket) { continue; }
    for (var query = max(0, -distance); query < min(queries, keys - distance); query++) {
      sum += d_out[first + u32(query * keys + query + distance)];
    }
  }
  d_table[at] = sum;
}
