// features[pair] = [u ⊙ v, |u − v|, cos(u, v)] of the vectors u = embeddings[pair] and v = embeddings[pairs + pair]
//
//   embeddings  [2 · pairs, width]    features  [pairs, 2 · width + 1]
//
// One invocation per pair.

struct Params {
  pairs: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> embeddings: array<f32>;
@group(0) @binding(2) var<storage, read_write> features: array<f32>;

@compute @workgroup_size(64)
fn pair_features(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let pair = flat_index(group, groups, local);
  if (pair >= params.pairs) { return; }
  let u = pair * params.width;
  let v = (params.pairs + pair) * params.width;
  let to = pair * (2u * params.width + 1u);
  var uu = 0.0;
  var vv = 0.0;
  var uv = 0.0;
  for (var i = 0u; i < params.width; i++) {
    let a = embeddings[u + i];
    let b = embeddings[v + i];
    features[to + i] = a * b;
    features[to + params.width + i] = abs(a - b);
    uu += a * a;
    vv += b * b;
    uv += a * b;
  }
  // A vector of zeros has no direction; its cosine is taken as zero.
  let norms = sqrt(uu) * sqrt(vv);
  features[to + 2u * params.width] = select(uv / norms, 0.0, norms == 0.0);
}
