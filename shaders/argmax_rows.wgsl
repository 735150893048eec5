// out[row] = position of the largest value of a row, the first of several
//
//   input  [rows, cols]    out  [rows]
//
// One invocation per row.

struct Params {
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn argmax_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_index(group, groups, local);
  if (row >= params.rows) { return; }
  let first = row * params.cols;
  var best = 0u;
  for (var col = 1u; col < params.cols; col++) {
    if (input[first + col] > input[first + best]) { best = col; }
  }
  out[row] = f32(best);
}
