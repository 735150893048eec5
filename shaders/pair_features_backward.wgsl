// Gradient of pair_features with respect to both vectors of every pair.
//
//   embeddings, d_embeddings  [2 · pairs, width]    d_features  [pairs, 2 · width + 1]
//
// With c = cos(u, v):  du = dp ⊙ v + dm ⊙ sign(u − v) + dc · (v / (|u||v|) − c · u / |u|²), and dv alike.

struct Params {
  pairs: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> embeddings: array<f32>;
@group(0) @binding(2) var<storage, read> d_features: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_embeddings: array<f32>;

@compute @workgroup_size(64)
fn pair_features_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let pair = flat_index(group, groups, local);
  if (pair >= params.pairs) { return; }
  let u = pair * params.width;
  let v = (params.pairs + pair) * params.width;
  let grads = pair * (2u * params.width + 1u);
  var uu = 0.0;
  var vv = 0.0;
  var uv = 0.0;
  for (var i = 0u; i < params.width; i++) {
    let a = embeddings[u + i];
    let b = embeddings[v + i];
    uu += a * a;
    vv += b * b;
    uv += a * b;
  }
  let norms = sqrt(uu) * sqrt(vv);
  let d_cosine = select(d_features[grads + 2u * params.width], 0.0, norms == 0.0);
  let safe = select(norms, 1.0, norms == 0.0);
  let cosine = uv / safe;
  for (var i = 0u; i < params.width; i++) {
    let a = embeddings[u + i];
    let b = embeddings[v + i];
    let d_product = d_features[grads + i];
    let d_distance = d_features[grads + params.width + i] * sign(a - b);
    d_embeddings[u + i] = d_product * b + d_distance + d_cosine * (b / safe - cosine * a / select(uu, 1.0, uu == 0.0));
    d_embeddings[v + i] = d_product * a - d_distance + d_cosine * (a / safe - cosine * b / select(vv, 1.0, vv == 0.0));
  }
}
