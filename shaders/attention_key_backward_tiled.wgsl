// What attention_key_backward.wgsl computes, for GPUs: a workgroup to a tile of keys of one head.

@group(0) @binding(7) var<storage, read_write> d_key: array<f32>;
@group(0) @binding(8) var<storage, read_write> d_value: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn attention_key_backward_tiled(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) slot: u32,
) {
  let start = group.x * TILE;
  let head = group.y * params.groups;

  // A tile of keys and features for each chunk of features.
  var key_gradient: array<mat4x4f, CHUNKS>;
  var value_gradient: array<mat4x4f, CHUNKS>;
  for (var member = 0u; member < params.groups; member++) {
    let at = head_of(group.z, head + member);
    for (var first = select(0u, start, CAUSAL); first < params.queries; first += TILE) {
      let back = passed_of_tile(at, first, start, slot);
      workgroupBarrier();
      rows_to_left(slot, back.shares);
      for (var chunk = 0u; chunk < CHUNKS; chunk++) {
        if (chunk * TILE >= params.width) { break; }
        for (var i = slot; i < TILE * TILE; i += WORKGROUP) {
          right[i / TILE * PITCH + i % TILE] = d_out_value(at, first + i / TILE, chunk * TILE + i % TILE);
        }
        workgroupBarrier();
        value_gradient[chunk] += tile_product(slot, params.queries - first);
        workgroupBarrier();
      }
      rows_to_left(slot, back.d_scores);
      for (var chunk = 0u; chunk < CHUNKS; chunk++) {
        if (chunk * TILE >= params.width) { break; }
        for (var i = slot; i < TILE * TILE; i += WORKGROUP) {
          right[i / TILE * PITCH + i % TILE] = query_value(at, first + i / TILE, chunk * TILE + i % TILE);
        }
        workgroupBarrier();
        key_gradient[chunk] += tile_product(slot, params.queries - first);
        workgroupBarrier();
      }
    }
  }

  let at = head_of(group.z, head);
  let keys = rows_of(slot, start);
  for (var i = 0u; i < 4u; i++) {
    if (keys[i] >= params.keys) { continue; }
    let key_at = at.key - params.key_offset + keys[i] * params.key_token;
    let value_at = at.value - params.value_offset + keys[i] * params.value_token;
    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
      let features = cols_of(slot, chunk * TILE);
      for (var j = 0u; j < 4u; j++) {
        if (features[j] >= params.width) { break; }
        d_key[key_at + features[j] * params.key_feature] = params.scale * key_gradient[chunk][i][j];
        d_value[value_at + features[j] * params.value_feature] = value_gradient[chunk][i][j];
      }
    }
  }
}

// Stores a tile for products that sum over its rows, which are queries.
fn rows_to_left(slot: u32, tile: mat4x4f) {
  let places = slot / 8u * PITCH + cols_of(slot, 0u);
  four_to_left(places, tile[0]);
  four_to_left(places + 8u * PITCH, tile[1]);
  four_to_left(places + 16u * PITCH, tile[2]);
  four_to_left(places + 24u * PITCH, tile[3]);
}
