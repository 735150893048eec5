// Products of 32 x 32 tiles for a workgroup of 64: an invocation has 4 x 4 values of each, at rows slot / 8 + 8i and columns
// slot % 8 + 8j. Operands lie in workgroup memory with what is summed over first. Past the edges values are 0.

const TILE = 32u;
// One more than TILE keeps what is stored transposed on different memory banks.
const PITCH = 33u;
const WORKGROUP = 64u;
// Of TILE features.
const CHUNKS = WIDEST / TILE;
const EVERY_EIGHTH = vec4u(0u, 8u, 16u, 24u);

var<workgroup> left: array<f32, TILE * PITCH>;
var<workgroup> right: array<f32, TILE * PITCH>;

fn rows_of(slot: u32, first: u32) -> vec4u { return first + slot / 8u + EVERY_EIGHTH; }

fn cols_of(slot: u32, first: u32) -> vec4u { return first + slot % 8u + EVERY_EIGHTH; }

fn query_value(at: Head, token: u32, feature: u32) -> f32 {
  if (token >= params.queries || feature >= params.width) { return 0.0; }
  return query[at.query + token * params.query_token + feature * params.query_feature];
}

fn key_value(at: Head, token: u32, feature: u32) -> f32 {
  if (token >= params.keys || feature >= params.width) { return 0.0; }
  return key[at.key + token * params.key_token + feature * params.key_feature];
}

fn value_value(at: Head, token: u32, feature: u32) -> f32 {
  if (token >= params.keys || feature >= params.width) { return 0.0; }
  return value[at.value + token * params.value_token + feature * params.value_feature];
}

// The product of what lies in left and right, of which `depth` values are summed over.
fn tile_product(slot: u32, depth: u32) -> mat4x4f {
  var sum = mat4x4f();
  for (var k = 0u; k < min(depth, TILE); k++) {
    let row = k * PITCH + slot / 8u;
    let col = k * PITCH + slot % 8u;
    sum += outer(
      vec4f(left[row], left[row + 8u], left[row + 16u], left[row + 24u]),
      vec4f(right[col], right[col + 8u], right[col + 16u], right[col + 24u]),
    );
  }
  return sum;
}

// query · keyᵀ for the queries and keys from these on.
fn score_tile(at: Head, first_query: u32, first_key: u32, slot: u32) -> mat4x4f {
  var sum = mat4x4f();
  for (var chunk = 0u; chunk < params.width; chunk += TILE) {
    workgroupBarrier();
    for (var i = slot; i < TILE * TILE; i += WORKGROUP) {
      let place = i % TILE * PITCH + i / TILE;
      left[place] = query_value(at, first_query + i / TILE, chunk + i % TILE);
      right[place] = key_value(at, first_key + i / TILE, chunk + i % TILE);
    }
    workgroupBarrier();
    sum += tile_product(slot, params.width - chunk);
  }
  return sum;
}

// Stores a tile for products that sum over its columns.
fn columns_to_left(slot: u32, tile: mat4x4f) {
  let places = cols_of(slot, 0u) * PITCH + slot / 8u;
  four_to_left(places, tile[0]);
  four_to_left(places + 8u, tile[1]);
  four_to_left(places + 16u, tile[2]);
  four_to_left(places + 24u, tile[3]);
}

fn four_to_left(places: vec4u, values: vec4f) {
  left[places.x] = values.x;
  left[places.y] = values.y;
  left[places.z] = values.z;
  left[places.w] = values.w;
}
