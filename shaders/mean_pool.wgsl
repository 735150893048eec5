// out[row] = Σ_position mask · input / Σ_position mask, for every row of tokens
//
//   input  [rows, length, width]    mask  [rows, length]    out  [rows, width]
//
// One invocation per output value, over positions in order. A row of padding only gives zeros.

struct Params {
  rows: u32,
  length: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn mean_pool(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.rows * params.width) { return; }
  let row = at / params.width;
  let col = at % params.width;
  var sum = 0.0;
  var count = 0.0;
  for (var position = 0u; position < params.length; position++) {
    let token = row * params.length + position;
    sum += mask[token] * input[token * params.width + col];
    count += mask[token];
  }
  out[at] = select(sum / count, 0.0, count == 0.0);
}
