// Every matrix of a stack divided by its Frobenius norm plus epsilon
//
//   input, out  [count, size], matrices `stride` apart    partial_sums  [count, PARTS]: as of stack_squares_partial
//
// One invocation per element, which adds up the parts of its matrix.

const PARTS = 64u;

struct Params {
  count: u32,
  size: u32,
  stride: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> partial_sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn normalize_stack(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.count * params.size) { return; }
  let matrix = i / params.size;
  var sum = 0.0;
  for (var part = 0u; part < PARTS; part++) { sum += partial_sums[matrix * PARTS + part]; }
  let at = matrix * params.stride + i % params.size;
  out[at] = input[at] / (sqrt(sum) + params.epsilon);
}
