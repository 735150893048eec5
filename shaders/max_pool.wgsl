// out[row] = max of input over the positions that the mask leaves, and the position that it is at
//
//   input  [rows, length, width]    mask  [rows, length]    out, places  [rows, width]
//
// One invocation per output value, over positions in order; of equal values the first counts. A row of padding only gives
// zeros, and −1 for their places.

struct Params {
  rows: u32,
  length: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<storage, read_write> places: array<f32>;

@compute @workgroup_size(64)
fn max_pool(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.rows * params.width) { return; }
  let row = at / params.width;
  let col = at % params.width;
  var best = 0.0;
  var place = -1.0;
  for (var position = 0u; position < params.length; position++) {
    let token = row * params.length + position;
    let value = input[token * params.width + col];
    if (mask[token] > 0.0 && (place < 0.0 || value > best)) {
      best = value;
      place = f32(position);
    }
  }
  out[at] = best;
  places[at] = place;
}
