// metrics = [loss, norm], norm = √(Σ partial_sums), clip = min(1, max_norm / (norm + 1e-6)), or 1 where max_norm is 0
//
//   partial_sums  [parts]    loss, clip  [1]    metrics  [2]
//
// As torch.nn.utils.clip_grad_norm_. clip becomes −1, for good, when the norm or the loss is not a finite number.
// One invocation, in order.

struct Params {
  parts: u32,
  max_norm: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial_sums: array<f32>;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> clip: array<f32>;
@group(0) @binding(4) var<storage, read_write> metrics: array<f32>;

@compute @workgroup_size(64)
fn clip_factor(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  if (flat_index(group, groups, local) != 0u) { return; }
  var sum = 0.0;
  for (var part = 0u; part < params.parts; part++) { sum += partial_sums[part]; }
  let length = sqrt(sum);
  metrics[0] = loss[0];
  metrics[1] = length;
  if (clip[0] < 0.0) { return; }
  let factor = select(min(1.0, params.max_norm / (length + 1e-6)), 1.0, params.max_norm == 0.0);
  clip[0] = select(-1.0, factor, is_finite(sum) && is_finite(loss[0]));
}
