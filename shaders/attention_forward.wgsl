// out = softmax(scale · query · keyᵀ) · value, head by head, without the scores ever being in memory (Dao et al., 2022,
// arXiv:2205.14135): keys come a few at a time, and sums over their shares shrink where a larger score comes.
//
//   out        [rows, queries, heads * width]
//   logsumexp  [rows, heads, queries]: of the scores that a query sees
//
// A query that sees nothing gets zeros.

@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<storage, read_write> logsumexp: array<f32>;

@compute @workgroup_size(64)
fn attention_forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let fours = (params.queries + 3u) / 4u;
  let index = flat_index(group, groups, local);
  if (index >= params.rows * params.heads * fours) { return; }
  let at = head_of(index / (params.heads * fours), index / fours % params.heads);
  let first = index % fours * 4u;
  let query_at = at.query + four_queries(first) * params.query_token;

  // A vector over the four queries for each feature.
  var mixed: array<vec4f, WIDEST>;
  var level = vec4f(UNSEEN);
  var total = vec4f();
  let last = select(params.keys, min(params.keys, first + 4u), CAUSAL);
  for (var start = 0u; start < last; start += 4u) {
    let key_at = at.key + four_keys(start) * params.key_token;
    let value_at = at.value + four_keys(start) * params.value_token;
    var products = mat4x4f();
    for (var i = 0u; i < params.width; i++) {
      products += outer(four_of_query(query_at + i * params.query_feature), four_of_key(key_at + i * params.key_feature));
    }
    let scores = seen_scores(at, first + FOUR, start + FOUR, products);
    let higher = max(level, largest_of(scores));
    let kept = shrinking(level, higher);
    let shares = shares_of(scores, higher);
    level = higher;
    total = kept * total + vec4f(1.0) * shares;
    for (var i = 0u; i < params.width; i++) {
      mixed[i] = kept * mixed[i] + four_of_value(value_at + i * params.value_feature) * shares;
    }
  }

  for (var line = 0u; line < min(4u, params.queries - first); line++) {
    let sum = total[line];
    logsumexp[at.line + first + line] = select(0.0, level[line] + log(sum), sum > 0.0);
    let out_at = at.mixed + (first + line) * mixed_token();
    for (var i = 0u; i < params.width; i++) {
      out[out_at + i] = select(0.0, mixed[i][line] / sum, sum > 0.0);
    }
  }
}
