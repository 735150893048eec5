// d_query = scale · d_scores · key, head by head, with the shares computed once more, four keys at a time:
//
//   d_scores = shares ⊙ (d_out · valueᵀ − out · d_out)
//
//   d_query  laid out as query is, from its own start on
//
// One invocation to eight queries.

@group(0) @binding(7) var<storage, read_write> d_query: array<f32>;

@compute @workgroup_size(64)
fn attention_query_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let parts = (params.queries + OWN - 1u) / OWN;
  let index = flat_index(group, groups, local);
  if (index >= params.rows * params.heads * parts) { return; }
  let at = head_of(index / (params.heads * parts), index / parts % params.heads);
  let first = index % parts * OWN;

  // Of each feature the own queries: four, and four.
  var own_query: array<mat2x4f, WIDEST>;
  var own_d_out: array<mat2x4f, WIDEST>;
  for (var i = 0u; i < params.width; i++) {
    own_query[i] = mat2x4f(four_of_query(query_starts(at, first), i), four_of_query(query_starts(at, first + 4u), i));
    own_d_out[i] = mat2x4f(four_of_d_out(d_out_starts(at, first), i), four_of_d_out(d_out_starts(at, first + 4u), i));
  }
  var gradient: array<mat2x4f, WIDEST>;
  let last = select(params.keys, min(params.keys, first + OWN), CAUSAL);
  for (var start = 0u; start < last; start += 4u) {
    let keys = key_starts(at, start);
    let values = value_starts(at, start);
    var low = mat4x4f();
    var high = mat4x4f();
    var d_low = mat4x4f();
    var d_high = mat4x4f();
    for (var i = 0u; i < params.width; i++) {
      let k = four_of_key(keys, i);
      let v = four_of_value(values, i);
      low += outer(own_query[i][0], k);
      high += outer(own_query[i][1], k);
      d_low += outer(own_d_out[i][0], v);
      d_high += outer(own_d_out[i][1], v);
    }
    let low_scores = passed(at, first + FOUR, start + FOUR, low, d_low).d_scores;
    let high_scores = passed(at, first + 4u + FOUR, start + FOUR, high, d_high).d_scores;
    for (var i = 0u; i < params.width; i++) {
      let k = four_of_key(keys, i);
      gradient[i] += mat2x4f(k * low_scores, k * high_scores);
    }
  }

  for (var line = 0u; line < min(OWN, params.queries - first); line++) {
    let out_at = at.query - params.query_offset + (first + line) * params.query_token;
    for (var i = 0u; i < params.width; i++) {
      d_query[out_at + i * params.query_feature] = params.scale * gradient[i][line / 4u][line % 4u];
    }
  }
}
