// What attention_forward.wgsl computes, for GPUs: a workgroup to a tile of queries of one head, with keys and values in
// workgroup memory, a tile at a time.

@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<storage, read_write> logsumexp: array<f32>;

// What each of the eight invocations of a query has found.
var<workgroup> parts: array<vec4f, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn attention_forward_tiled(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) slot: u32,
) {
  let at = head_of(group.z, group.y);
  let first = group.x * TILE;
  let queries = rows_of(slot, first);

  // A tile of queries and features for each chunk of features.
  var mixed: array<mat4x4f, CHUNKS>;
  var level = vec4f(UNSEEN);
  // Of an invocation's own keys.
  var total = vec4f();
  let last = select(params.keys, min(params.keys, first + TILE), CAUSAL);
  for (var start = 0u; start < last; start += TILE) {
    let scores = seen_scores(at, queries, cols_of(slot, start), score_tile(at, first, start, slot));
    parts[slot] = largest_of(scores);
    workgroupBarrier();
    var higher = level;
    for (var i = 0u; i < 8u; i++) { higher = max(higher, parts[slot / 8u * 8u + i]); }
    let kept = shrinking(level, higher);
    let shares = shares_of(scores, higher);
    level = higher;
    total = kept * total + vec4f(1.0) * shares;
    columns_to_left(slot, shares);
    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
      if (chunk * TILE >= params.width) { break; }
      for (var i = slot; i < TILE * TILE; i += WORKGROUP) {
        right[i / TILE * PITCH + i % TILE] = value_value(at, start + i / TILE, chunk * TILE + i % TILE);
      }
      workgroupBarrier();
      let product = tile_product(slot, params.keys - start);
      let before = mixed[chunk];
      mixed[chunk] = product
        + mat4x4f(kept.x * before[0], kept.y * before[1], kept.z * before[2], kept.w * before[3]);
      workgroupBarrier();
    }
  }

  parts[slot] = total;
  workgroupBarrier();
  var sum = vec4f();
  for (var i = 0u; i < 8u; i++) { sum += parts[slot / 8u * 8u + i]; }
  for (var i = 0u; i < 4u; i++) {
    if (queries[i] >= params.queries) { continue; }
    if (slot % 8u == 0u) {
      logsumexp[at.line + queries[i]] = select(0.0, level[i] + log(sum[i]), sum[i] > 0.0);
    }
    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
      let features = cols_of(slot, chunk * TILE);
      for (var j = 0u; j < 4u; j++) {
        if (features[j] >= params.width) { break; }
        out[at.mixed + queries[i] * mixed_token() + features[j]] =
          select(0.0, mixed[chunk][i][j] / sum[i], sum[i] > 0.0);
      }
    }
  }
}
