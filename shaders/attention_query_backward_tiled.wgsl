// What attention_query_backward.wgsl computes, for GPUs: a workgroup to a tile of queries of one head.

@group(0) @binding(7) var<storage, read_write> d_query: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn attention_query_backward_tiled(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) slot: u32,
) {
  let at = head_of(group.z, group.y);
  let first = group.x * TILE;

  // A tile of queries and features for each chunk of features.
  var gradient: array<mat4x4f, CHUNKS>;
  let last = select(params.keys, min(params.keys, first + TILE), CAUSAL);
  for (var start = 0u; start < last; start += TILE) {
    let d_scores = passed_of_tile(at, first, start, slot).d_scores;
    workgroupBarrier();
    columns_to_left(slot, d_scores);
    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
      if (chunk * TILE >= params.width) { break; }
      for (var i = slot; i < TILE * TILE; i += WORKGROUP) {
        right[i / TILE * PITCH + i % TILE] = key_value(at, start + i / TILE, chunk * TILE + i % TILE);
      }
      workgroupBarrier();
      gradient[chunk] += tile_product(slot, params.keys - start);
      workgroupBarrier();
    }
  }

  let queries = rows_of(slot, first);
  for (var i = 0u; i < 4u; i++) {
    if (queries[i] >= params.queries) { continue; }
    let out_at = at.query - params.query_offset + queries[i] * params.query_token;
    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
      let features = cols_of(slot, chunk * TILE);
      for (var j = 0u; j < 4u; j++) {
        if (features[j] >= params.width) { break; }
        d_query[out_at + features[j] * params.query_feature] = params.scale * gradient[chunk][i][j];
      }
    }
  }
}
