// What is smallest in each matrix becomes 0, unless updates have stopped
//
//   clip    [1]: where it is negative, everything stays as it is
//   values  [rows, size], matrices `stride` apart: what is no greater than the value at `place` in order of magnitude,
//           counted from 0, is set to 0
//
// One matrix to a row of lanes. Magnitudes are ordered as their bits are, so that the value at a place is found bit by bit.

struct Params {
  rows: u32,
  size: u32,
  stride: u32,
  place: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> clip: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;

@compute @workgroup_size(64)
fn prune_magnitudes(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  if (row >= params.rows) { return; }
  let first = row * params.stride;
  let end = first + params.size;
  // How many have to be as great as the value that is looked for.
  let wanted = f32(params.size - params.place);
  var limit = 0u;
  for (var bit = 0x40000000u; bit > 0u; bit >>= 1u) {
    var found = 0.0;
    for (var at = first + lane_of(local); at < end; at += LANES) {
      if (bitcast<u32>(abs(values[at])) >= (limit | bit)) { found += 1.0; }
    }
    if (row_sum(local, found) >= wanted) { limit |= bit; }
  }
  if (clip[0] < 0.0) { return; }
  for (var at = first + lane_of(local); at < end; at += LANES) {
    if (bitcast<u32>(abs(values[at])) <= limit) { values[at] = 0.0; }
  }
}
