// Sums of squares of equal stretches of every matrix of a stack
//
//   input  [count, size], matrices `stride` apart    partial_sums  [count, PARTS]
//
// One invocation per stretch, in a fixed order.

const PARTS = 64u;

struct Params {
  count: u32,
  size: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial_sums: array<f32>;

@compute @workgroup_size(64)
fn stack_squares_partial(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.count * PARTS) { return; }
  let start = i / PARTS * params.stride;
  let stretch = (params.size + PARTS - 1u) / PARTS;
  let first = i % PARTS * stretch;
  let end = min(first + stretch, params.size);
  var sum = 0.0;
  for (var at = first; at < end; at++) {
    let value = input[start + at];
    sum += value * value;
  }
  partial_sums[i] = sum;
}
