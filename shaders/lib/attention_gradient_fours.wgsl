fn four_of_d_out(at: vec4u) -> vec4f { return vec4f(d_out[at.x], d_out[at.y], d_out[at.z], d_out[at.w]); }

// What the four queries and four keys from these on pass back.
fn passed_of_four(at: Head, first_query: u32, first_key: u32) -> Passed {
  let queries = four_queries(first_query);
  let keys = four_keys(first_key);
  let query_at = at.query + queries * params.query_token;
  let d_out_at = at.mixed + queries * mixed_token();
  let key_at = at.key + keys * params.key_token;
  let value_at = at.value + keys * params.value_token;
  var products = mat4x4f();
  var d_shares = mat4x4f();
  for (var i = 0u; i < params.width; i++) {
    products += outer(four_of_query(query_at + i * params.query_feature), four_of_key(key_at + i * params.key_feature));
    d_shares += outer(four_of_d_out(d_out_at + i), four_of_value(value_at + i * params.value_feature));
  }
  return passed(at, first_query + FOUR, first_key + FOUR, products, d_shares);
}
