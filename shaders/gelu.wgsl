// out = GELU(input), element by element
//
//   input, out   [length]
//
// TANH: ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), as in GPT-2; otherwise ½ x (1 + erf(x / √2)), as in BERT
// (Hendrycks and Gimpel, 2016).

struct Params {
  length: u32,
}

override TANH: bool;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn gelu(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  let x = input[i];
  if (TANH) {
    // tanh is 1 in float32 from 9 on; some drivers overflow on large arguments.
    let inner = clamp(0.7978845608 * (x + 0.044715 * x * x * x), -15.0, 15.0);
    out[i] = 0.5 * x * (1.0 + tanh(inner));
  } else {
    out[i] = 0.5 * x * (1.0 + erf(x * 0.7071067812));
  }
}
