// d_query = scale · d_scores · key, head by head, with the shares computed once more, a few keys at a time:
//
//   d_scores = shares ⊙ (d_out · valueᵀ − out · d_out)
//
//   d_query  laid out as query is, from its own start on

@group(0) @binding(7) var<storage, read_write> d_query: array<f32>;

@compute @workgroup_size(64)
fn attention_query_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let fours = (params.queries + 3u) / 4u;
  let index = flat_index(group, groups, local);
  if (index >= params.rows * params.heads * fours) { return; }
  let at = head_of(index / (params.heads * fours), index / fours % params.heads);
  let first = index % fours * 4u;

  // A vector over the four queries for each feature.
  var gradient: array<vec4f, WIDEST>;
  let last = select(params.keys, min(params.keys, first + 4u), CAUSAL);
  for (var start = 0u; start < last; start += 4u) {
    let d_scores = passed_of_four(at, first, start).d_scores;
    let key_at = at.key + four_keys(start) * params.key_token;
    for (var i = 0u; i < params.width; i++) {
      gradient[i] += four_of_key(key_at + i * params.key_feature) * d_scores;
    }
  }

  for (var line = 0u; line < min(4u, params.queries - first); line++) {
    let out_at = at.query - params.query_offset + (first + line) * params.query_token;
    for (var i = 0u; i < params.width; i++) {
      d_query[out_at + i * params.query_feature] = params.scale * gradient[i][line];
    }
  }
}
