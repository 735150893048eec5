// What the gradients of attention need of every query: sums = (logsumexp, out · d_out)
//
//   logsumexp   [rows, heads, queries]         sums  [rows, heads, queries, 2]
//   out, d_out  [rows, queries, heads * width]
//
// One invocation per query and head.

struct Params {
  rows: u32,
  heads: u32,
  queries: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logsumexp: array<f32>;
@group(0) @binding(2) var<storage, read> out: array<f32>;
@group(0) @binding(3) var<storage, read> d_out: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn attention_dot(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let line = flat_index(group, groups, local);
  if (line >= params.rows * params.heads * params.queries) { return; }
  let head = line / params.queries % params.heads;
  let row = line / (params.queries * params.heads);
  let first = ((row * params.queries + line % params.queries) * params.heads + head) * params.width;
  var dot = 0.0;
  for (var i = first; i < first + params.width; i++) { dot += out[i] * d_out[i]; }
  sums[2u * line] = logsumexp[line];
  sums[2u * line + 1u] = dot;
}
