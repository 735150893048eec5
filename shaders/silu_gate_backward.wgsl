// d_gate = d_out ⊙ value ⊙ SiLU'(gate) with SiLU'(x) = σ(x) · (1 + x · (1 − σ(x))), element by element
//
//   gate, value, d_out, d_gate   [length]
//
// The value's gradient is SiLU(gate) ⊙ d_out, which silu_gate computes.

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gate: array<f32>;
@group(0) @binding(2) var<storage, read> value: array<f32>;
@group(0) @binding(3) var<storage, read> d_out: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_gate: array<f32>;

@compute @workgroup_size(64)
fn silu_gate_backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  let share = 1.0 / (1.0 + exp(min(-gate[i], 80.0)));
  d_gate[i] = d_out[i] * value[i] * share * (1.0 + gate[i] * (1.0 - share));
}
