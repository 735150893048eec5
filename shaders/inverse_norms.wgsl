// out[row] = 1 / ‖input[row]‖, and 0 for a row of zeros

struct Params {
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn inverse_norms(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_index(group, groups, local);
  if (row >= params.rows) { return; }
  var squares = 0.0;
  for (var at = row * params.cols; at < (row + 1u) * params.cols; at++) {
    squares += input[at] * input[at];
  }
  out[row] = select(1.0 / sqrt(squares), 0.0, squares == 0.0);
}
