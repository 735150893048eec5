// out = SiLU(gate) ⊙ value with SiLU(x) = x / (1 + e⁻ˣ), element by element
//
//   gate, value, out   [length]
//
// SiLU (Hendrycks and Gimpel, 2016) as the gate of a perceptron: SwiGLU (Shazeer, 2020).

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gate: array<f32>;
@group(0) @binding(2) var<storage, read> value: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn silu_gate(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  // e⁸⁰ is still a float32, and SiLU(−80) is 0 to its precision.
  out[i] = gate[i] / (1.0 + exp(min(-gate[i], 80.0))) * value[i];
}
