// out[col] = Σ_row input[row, col]
//
//   input  [rows, cols]    out  [cols]
//
// One invocation sums one column, in order: the same sum on every run.

struct Params {
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn sum_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let col = flat_index(group, groups, local);
  if (col >= params.cols) { return; }
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    sum += input[row * params.cols + col];
  }
  out[col] = sum;
}
