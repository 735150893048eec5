// What the gradients of fused attention share beside its operands.
//
//   d_out  [rows, queries, heads * width]
//   sums   [rows, heads, queries, 2]: the logarithm of the sum of exponentials, and out · d_out

@group(0) @binding(5) var<storage, read> d_out: array<f32>;
@group(0) @binding(6) var<storage, read> sums: array<f32>;

// What four queries have given to four keys, and the gradient of their scores.
struct Passed {
  shares: mat4x4f,
  d_scores: mat4x4f,
}

// From the products of queries with keys and of d_out with values.
fn passed(at: Head, queries: vec4u, keys: vec4u, products: mat4x4f, d_shares: mat4x4f) -> Passed {
  let lines = 2u * (at.line + min(queries, vec4u(params.queries - 1u)));
  let shares = shares_of(
    seen_scores(at, queries, keys, products),
    vec4f(sums[lines.x], sums[lines.y], sums[lines.z], sums[lines.w]),
  );
  return Passed(
    shares,
    mat4x4f(
      shares[0] * (d_shares[0] - sums[lines.x + 1u]),
      shares[1] * (d_shares[1] - sums[lines.y + 1u]),
      shares[2] * (d_shares[2] - sums[lines.z + 1u]),
      shares[3] * (d_shares[3] - sums[lines.w + 1u]),
    ),
  );
}
