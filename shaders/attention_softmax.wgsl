// out = softmax(scores) over the keys that a query may see
//
//   scores, out  [rows, heads, queries, keys]    mask  [rows, keys]: 1 for a token, 0 for padding
//
// CAUSAL: a query sees the keys up to its own position. One invocation, or one workgroup, per query and head; a query that may see nothing
// gets zeros, not NaN.

struct Params {
  rows: u32,
  heads: u32,
  queries: u32,
  keys: u32,
}

override CAUSAL: bool;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scores: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn attention_softmax(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let query = row_of(group, groups, local);
  if (query >= params.rows * params.heads * params.queries) { return; }
  let row = query / (params.heads * params.queries);
  let lane = lane_of(local);
  let first = query * params.keys;
  let keys = select(params.keys, min(params.keys, query % params.queries + 1u), CAUSAL);
  let seen = row * params.keys;
  var largest = -3.0e38;
  for (var key = lane; key < keys; key += LANES) {
    if (mask[seen + key] != 0.0) { largest = max(largest, scores[first + key]); }
  }
  largest = row_max(local, largest);
  var sum = 0.0;
  for (var key = lane; key < keys; key += LANES) {
    if (mask[seen + key] != 0.0) { sum += exp(scores[first + key] - largest); }
  }
  sum = row_sum(local, sum);
  for (var key = lane; key < params.keys; key += LANES) {
    var share = 0.0;
    if (key < keys && mask[seen + key] != 0.0) { share = exp(scores[first + key] - largest) / sum; }
    out[first + key] = share;
  }
}
