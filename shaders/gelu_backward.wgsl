// d_input = d_out · GELU'(input), element by element
//
//   input, d_out, d_input   [length]
//
// TANH: ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), as in GPT-2; otherwise ½ x (1 + erf(x / √2)), as in BERT
// (Hendrycks and Gimpel, 2016).

struct Params {
  length: u32,
}

override TANH: bool;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> d_out: array<f32>;
@group(0) @binding(3) var<storage, read_write> d_input: array<f32>;

@compute @workgroup_size(64)
fn gelu_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  let x = input[i];
  if (TANH) {
    let inner = clamp(0.7978845608 * (x + 0.044715 * x * x * x), -15.0, 15.0);
    let t = tanh(inner);
    let slope = 0.7978845608 * (1.0 + 3.0 * 0.044715 * x * x);
    d_input[i] = d_out[i] * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope);
  } else {
    let density = 0.3989422804 * exp(-0.5 * x * x);
    d_input[i] = d_out[i] * (0.5 * (1.0 + erf(x * 0.7071067812)) + x * density);
  }
}
