// The gradient of the result by fours, beside attention_fours.wgsl.

fn d_out_starts(at: Head, first: u32) -> vec4u { return at.mixed + tokens_of_queries(first) * mixed_token(); }

fn four_of_d_out(starts: vec4u, feature: u32) -> vec4f {
  let i = starts + feature;
  return vec4f(d_out[i.x], d_out[i.y], d_out[i.z], d_out[i.w]);
}
