// d_key = scale · d_scoresᵀ · query and d_value = sharesᵀ · d_out, head by head, with the shares computed once more, a few
// queries at a time. The query heads that share a key are summed over in their order.
//
//   d_key, d_value  laid out as key and value are, from their own starts on

@group(0) @binding(7) var<storage, read_write> d_key: array<f32>;
@group(0) @binding(8) var<storage, read_write> d_value: array<f32>;

@compute @workgroup_size(64)
fn attention_key_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let heads = params.heads / params.groups;
  let fours = (params.keys + 3u) / 4u;
  let index = flat_index(group, groups, local);
  if (index >= params.rows * heads * fours) { return; }
  let row = index / (heads * fours);
  let head = index / fours % heads * params.groups;
  let start = index % fours * 4u;

  // Vectors over the four keys for each feature.
  var key_gradient: array<vec4f, WIDEST>;
  var value_gradient: array<vec4f, WIDEST>;
  for (var member = 0u; member < params.groups; member++) {
    let at = head_of(row, head + member);
    for (var first = select(0u, start, CAUSAL); first < params.queries; first += 4u) {
      let back = passed_of_four(at, first, start);
      let query_at = at.query + four_queries(first) * params.query_token;
      let d_out_at = at.mixed + four_queries(first) * mixed_token();
      for (var i = 0u; i < params.width; i++) {
        key_gradient[i] += back.d_scores * four_of_query(query_at + i * params.query_feature);
        value_gradient[i] += back.shares * four_of_d_out(d_out_at + i);
      }
    }
  }

  let at = head_of(row, head);
  for (var line = 0u; line < min(4u, params.keys - start); line++) {
    let key_at = at.key - params.key_offset + (start + line) * params.key_token;
    let value_at = at.value - params.value_offset + (start + line) * params.value_token;
    for (var i = 0u; i < params.width; i++) {
      d_key[key_at + i * params.key_feature] = params.scale * key_gradient[i][line];
      d_value[value_at + i * params.value_feature] = value_gradient[i][line];
    }
  }
}
