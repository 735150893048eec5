// d_input[row] = (d_out − x̂ · (x̂ · d_out)) / |input[row]| with x̂ = input[row] / |input[row]|
//
//   input, d_out, d_input   [rows, cols]
//
// One invocation per row; a row of zeros gets no gradient.

struct Params {
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> d_out: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_input: array<f32>;

@compute @workgroup_size(64)
fn normalize_rows_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_index(group, groups, local);
  if (row >= params.rows) { return; }
  let first = row * params.cols;
  var squares = 0.0;
  var product = 0.0;
  for (var i = 0u; i < params.cols; i++) {
    squares += input[first + i] * input[first + i];
    product += input[first + i] * d_out[first + i];
  }
  let inverse = select(1.0 / sqrt(squares), 0.0, squares == 0.0);
  let along = product * inverse * inverse;
  for (var i = 0u; i < params.cols; i++) {
    d_input[first + i] = (d_out[first + i] - input[first + i] * along) * inverse;
  }
}
