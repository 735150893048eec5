// d_key = scale · d_scoresᵀ · query and d_value = sharesᵀ · d_out, head by head, with the shares computed once more, four
// queries at a time. The query heads that share a key are summed over in their order.
//
//   d_key, d_value  laid out as key and value are, from their own starts on
//
// One invocation to eight keys.

@group(0) @binding(7) var<storage, read_write> d_key: array<f32>;
@group(0) @binding(8) var<storage, read_write> d_value: array<f32>;

@compute @workgroup_size(64)
fn attention_key_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let heads = params.heads / params.groups;
  let parts = (params.keys + OWN - 1u) / OWN;
  let index = flat_index(group, groups, local);
  if (index >= params.rows * heads * parts) { return; }
  let row = index / (heads * parts);
  let first_head = index / parts % heads * params.groups;
  let start = index % parts * OWN;
  let shared_by = head_of(row, first_head);

  // Of each feature the own keys: four, and four.
  var own_key: array<mat2x4f, WIDEST>;
  var own_value: array<mat2x4f, WIDEST>;
  for (var i = 0u; i < params.width; i++) {
    own_key[i] = mat2x4f(
      four_of_key(key_starts(shared_by, start), i),
      four_of_key(key_starts(shared_by, start + 4u), i),
    );
    own_value[i] = mat2x4f(
      four_of_value(value_starts(shared_by, start), i),
      four_of_value(value_starts(shared_by, start + 4u), i),
    );
  }
  var key_gradient: array<mat2x4f, WIDEST>;
  var value_gradient: array<mat2x4f, WIDEST>;
  for (var member = 0u; member < params.groups; member++) {
    let at = head_of(row, first_head + member);
    for (var first = select(0u, start, CAUSAL); first < params.queries; first += 4u) {
      let queries = query_starts(at, first);
      let d_outs = d_out_starts(at, first);
      var low = mat4x4f();
      var high = mat4x4f();
      var d_low = mat4x4f();
      var d_high = mat4x4f();
      for (var i = 0u; i < params.width; i++) {
        let q = four_of_query(queries, i);
        let d = four_of_d_out(d_outs, i);
        low += outer(q, own_key[i][0]);
        high += outer(q, own_key[i][1]);
        d_low += outer(d, own_value[i][0]);
        d_high += outer(d, own_value[i][1]);
      }
      let back = passed(at, first + FOUR, start + FOUR, low, d_low);
      let further = passed(at, first + FOUR, start + 4u + FOUR, high, d_high);
      for (var i = 0u; i < params.width; i++) {
        let q = four_of_query(queries, i);
        let d = four_of_d_out(d_outs, i);
        key_gradient[i] += mat2x4f(back.d_scores * q, further.d_scores * q);
        value_gradient[i] += mat2x4f(back.shares * d, further.shares * d);
      }
    }
  }

  for (var line = 0u; line < min(OWN, params.keys - start); line++) {
    let key_at = shared_by.key - params.key_offset + (start + line) * params.key_token;
    let value_at = shared_by.value - params.value_offset + (start + line) * params.value_token;
    for (var i = 0u; i < params.width; i++) {
      d_key[key_at + i * params.key_feature] = params.scale * key_gradient[i][line / 4u][line % 4u];
      d_value[value_at + i * params.value_feature] = value_gradient[i][line / 4u][line % 4u];
    }
  }
}
