// Singular value decomposition of every square matrix of a stack, by one-sided Jacobi rotations
//
//   work  [count, size, size]: A on entry, destroyed
//   values  [count, size], largest first    left, right  [count, size, size]: A = left · diag(values) · rightᵀ
//   matrices lie `stride` apart, values `size` apart
//
// Columns are rotated in pairs until all are orthogonal; their lengths are the singular values (Demmel and Veselić, 1992).
// One invocation per matrix. A is first divided by its largest element, so that squares of tiny updates do not vanish.
// A column of length zero gets a left vector of zeros.

struct Params {
  count: u32,
  size: u32,
  stride: u32,
  sweeps: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> work: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> left: array<f32>;
@group(0) @binding(4) var<storage, read_write> right: array<f32>;

// Sorts the columns of `work` and `left` by the lengths in the first row of `right`, then puts each where it belongs.
fn permute(matrix: u32, base: u32, largest: f32) {
  let size = params.size;
  // Selection sort by swapping columns: few columns, and no room for a copy.
  for (var to = 0u; to + 1u < size; to++) {
    var best = to;
    for (var col = to + 1u; col < size; col++) {
      if (right[base + col] > right[base + best]) { best = col; }
    }
    if (best == to) { continue; }
    let length = right[base + to];
    right[base + to] = right[base + best];
    right[base + best] = length;
    for (var row = 0u; row < size; row++) {
      let a = base + row * size + to;
      let b = base + row * size + best;
      let x = work[a];
      work[a] = work[b];
      work[b] = x;
      let y = left[a];
      left[a] = left[b];
      left[b] = y;
    }
  }
  for (var col = 0u; col < size; col++) { values[matrix * size + col] = right[base + col] * largest; }
  for (var i = 0u; i < size * size; i++) {
    right[base + i] = left[base + i];
    left[base + i] = work[base + i];
  }
}

@compute @workgroup_size(64)
fn jacobi(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let matrix = flat_index(group, groups, local);
  if (matrix >= params.count) { return; }
  let size = params.size;
  let base = matrix * params.stride;
  var largest = 0.0;
  for (var i = 0u; i < size * size; i++) { largest = max(largest, abs(work[base + i])); }
  let scale = select(1.0 / largest, 0.0, largest == 0.0);
  for (var i = 0u; i < size * size; i++) {
    work[base + i] *= scale;
    // `left` holds the rotations until the columns are sorted.
    left[base + i] = select(0.0, 1.0, i % (size + 1u) == 0u);
  }

  let tolerance = f32(size) * 1.19e-7;
  for (var sweep = 0u; sweep < params.sweeps; sweep++) {
    var rotated = false;
    for (var p = 0u; p + 1u < size; p++) {
      for (var q = p + 1u; q < size; q++) {
        var pp = 0.0;
        var qq = 0.0;
        var pq = 0.0;
        for (var row = 0u; row < size; row++) {
          let a = work[base + row * size + p];
          let b = work[base + row * size + q];
          pp += a * a;
          qq += b * b;
          pq += a * b;
        }
        if (abs(pq) <= tolerance * sqrt(pp) * sqrt(qq)) { continue; }
        rotated = true;
        let zeta = (qq - pp) / (2.0 * pq);
        // For large zeta its square would overflow; the tangent is then 1 / (2 zeta).
        let root = select(sqrt(1.0 + zeta * zeta), abs(zeta), abs(zeta) > 1.0e6);
        let tangent = select(-1.0, 1.0, zeta >= 0.0) / (abs(zeta) + root);
        let cosine = 1.0 / sqrt(1.0 + tangent * tangent);
        let sine = cosine * tangent;
        for (var row = 0u; row < size; row++) {
          let at_p = base + row * size + p;
          let at_q = base + row * size + q;
          let a = work[at_p];
          let b = work[at_q];
          work[at_p] = cosine * a - sine * b;
          work[at_q] = sine * a + cosine * b;
          let u = left[at_p];
          let v = left[at_q];
          left[at_p] = cosine * u - sine * v;
          left[at_q] = sine * u + cosine * v;
        }
      }
    }
    if (!rotated) { break; }
  }

  // The lengths of the columns go to the first row of `right`, and the columns become unit vectors.
  for (var col = 0u; col < size; col++) {
    var squares = 0.0;
    for (var row = 0u; row < size; row++) {
      let a = work[base + row * size + col];
      squares += a * a;
    }
    right[base + col] = sqrt(squares);
  }
  for (var col = 0u; col < size; col++) {
    let length = right[base + col];
    for (var row = 0u; row < size; row++) {
      work[base + row * size + col] = select(work[base + row * size + col] / length, 0.0, length == 0.0);
    }
  }
  permute(matrix, base, largest);
}
