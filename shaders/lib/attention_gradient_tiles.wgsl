// What gradients need of tiles, beside attention_tiles.wgsl.

fn d_out_value(at: Head, token: u32, feature: u32) -> f32 {
  if (token >= params.queries || feature >= params.width) { return 0.0; }
  return d_out[at.mixed + token * mixed_token() + feature];
}

// d_out · valueᵀ for the queries and keys from these on.
fn d_share_tile(at: Head, first_query: u32, first_key: u32, slot: u32) -> mat4x4f {
  var sum = mat4x4f();
  for (var chunk = 0u; chunk < params.width; chunk += TILE) {
    workgroupBarrier();
    for (var i = slot; i < TILE * TILE; i += WORKGROUP) {
      let place = i % TILE * PITCH + i / TILE;
      left[place] = d_out_value(at, first_query + i / TILE, chunk + i % TILE);
      right[place] = value_value(at, first_key + i / TILE, chunk + i % TILE);
    }
    workgroupBarrier();
    sum += tile_product(slot, params.width - chunk);
  }
  return sum;
}

// What the queries and keys from these on pass back.
fn passed_of_tile(at: Head, first_query: u32, first_key: u32, slot: u32) -> Passed {
  let products = score_tile(at, first_query, first_key, slot);
  let d_shares = d_share_tile(at, first_query, first_key, slot);
  return passed(at, rows_of(slot, first_query), cols_of(slot, first_key), products, d_shares);
}
