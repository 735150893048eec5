// For every Gram matrix S of a stack: the upper R with RᵀR = S + shift · tr(S) · I, and R⁻¹
//
//   gram, factor, inverse   [count, size, size], matrices `stride` apart; what is below the diagonals becomes 0
//
// One invocation per matrix. A column that adds nothing to those before it (pivot below FLOOR of its own square) gets a
// column of zeros in R⁻¹ and a diagonal of zero in R: it vanishes from what is orthonormalised, and nothing turns infinite.

struct Params {
  count: u32,
  size: u32,
  stride: u32,
  shift: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read_write> factor: array<f32>;
@group(0) @binding(3) var<storage, read_write> inverse: array<f32>;

const FLOOR = 1e-11;

@compute @workgroup_size(64)
fn cholesky(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let matrix = flat_index(group, groups, local);
  if (matrix >= params.count) { return; }
  let size = params.size;
  let base = matrix * params.stride;
  var trace = 0.0;
  for (var i = 0u; i < size; i++) { trace += gram[base + i * size + i]; }
  let shift = params.shift * trace;

  // Row by row of R: R[i,j] = (S[i,j] − Σ_k<i R[k,i] R[k,j]) / R[i,i].
  for (var i = 0u; i < size; i++) {
    let own = gram[base + i * size + i] + shift;
    var pivot = own;
    for (var k = 0u; k < i; k++) {
      let above = factor[base + k * size + i];
      pivot -= above * above;
    }
    let kept = pivot > FLOOR * own;
    let diagonal = select(0.0, sqrt(max(pivot, 0.0)), kept);
    let divisor = select(0.0, 1.0 / diagonal, kept);
    for (var j = 0u; j < size; j++) {
      var value = 0.0;
      if (j == i) { value = diagonal; }
      if (j > i) {
        value = gram[base + i * size + j];
        for (var k = 0u; k < i; k++) { value -= factor[base + k * size + i] * factor[base + k * size + j]; }
        value *= divisor;
      }
      factor[base + i * size + j] = value;
    }
  }

  // Column by column of R⁻¹, from the diagonal upwards.
  for (var j = 0u; j < size; j++) {
    for (var back = 0u; back < size; back++) {
      let i = size - 1u - back;
      let diagonal = factor[base + i * size + i];
      var value = 0.0;
      if (i == j && diagonal != 0.0) { value = 1.0 / diagonal; }
      if (i < j && diagonal != 0.0) {
        for (var k = i + 1u; k <= j; k++) { value -= factor[base + i * size + k] * inverse[base + k * size + j]; }
        value /= diagonal;
      }
      inverse[base + i * size + j] = value;
    }
  }
}
