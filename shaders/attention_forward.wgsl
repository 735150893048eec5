// out = softmax(scale · query · keyᵀ) · value, head by head, without the scores ever being in memory (Dao et al., 2022,
// arXiv:2205.14135): keys come four at a time, and sums over their shares shrink where a larger score comes.
//
//   out        [rows, queries, heads * width]
//   logsumexp  [rows, heads, queries]: of the scores that a query sees
//
// A query that sees nothing gets zeros. One invocation to eight queries.

@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<storage, read_write> logsumexp: array<f32>;

@compute @workgroup_size(64)
fn attention_forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let parts = (params.queries + OWN - 1u) / OWN;
  let index = flat_index(group, groups, local);
  if (index >= params.rows * params.heads * parts) { return; }
  let at = head_of(index / (params.heads * parts), index / parts % params.heads);
  let first = index % parts * OWN;

  // Of each feature, and below of each sum, the own queries: four, and four.
  var own: array<mat2x4f, WIDEST>;
  for (var i = 0u; i < params.width; i++) {
    own[i] = mat2x4f(four_of_query(query_starts(at, first), i), four_of_query(query_starts(at, first + 4u), i));
  }
  var mixed: array<mat2x4f, WIDEST>;
  var level = mat2x4f(vec4f(UNSEEN), vec4f(UNSEEN));
  var total = mat2x4f();
  let last = select(params.keys, min(params.keys, first + OWN), CAUSAL);
  for (var start = 0u; start < last; start += 4u) {
    let keys = key_starts(at, start);
    let values = value_starts(at, start);
    var low = mat4x4f();
    var high = mat4x4f();
    for (var i = 0u; i < params.width; i++) {
      let k = four_of_key(keys, i);
      low += outer(own[i][0], k);
      high += outer(own[i][1], k);
    }
    let low_scores = seen_scores(at, first + FOUR, start + FOUR, low);
    let high_scores = seen_scores(at, first + 4u + FOUR, start + FOUR, high);
    let higher = mat2x4f(max(level[0], largest_of(low_scores)), max(level[1], largest_of(high_scores)));
    let kept = mat2x4f(shrinking(level[0], higher[0]), shrinking(level[1], higher[1]));
    let low_shares = shares_of(low_scores, higher[0]);
    let high_shares = shares_of(high_scores, higher[1]);
    level = higher;
    total = mat2x4f(kept[0] * total[0] + vec4f(1.0) * low_shares, kept[1] * total[1] + vec4f(1.0) * high_shares);
    for (var i = 0u; i < params.width; i++) {
      let v = four_of_value(values, i);
      let before = mixed[i];
      mixed[i] = mat2x4f(kept[0] * before[0] + v * low_shares, kept[1] * before[1] + v * high_shares);
    }
  }

  for (var line = 0u; line < min(OWN, params.queries - first); line++) {
    let sum = total[line / 4u][line % 4u];
    logsumexp[at.line + first + line] = select(0.0, level[line / 4u][line % 4u] + log(sum), sum > 0.0);
    let out_at = at.mixed + (first + line) * mixed_token();
    for (var i = 0u; i < params.width; i++) {
      out[out_at + i] = select(0.0, mixed[i][line / 4u][line % 4u] / sum, sum > 0.0);
    }
  }
}
