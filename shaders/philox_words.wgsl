// out = the four words that Philox makes of a counter and a key, as they are: what known answers are compared with
//
//   inputs  [count, 12]: four words of counter, two of key    out  [count, 8]: four words
//
// Every word is two float32 numbers, its lower and its upper 16 bits. One invocation per counter.

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> inputs: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

fn word(at: u32) -> u32 {
  return u32(inputs[2u * at]) | (u32(inputs[2u * at + 1u]) << 16u);
}

@compute @workgroup_size(64)
fn philox_words(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.count) { return; }
  let a = 6u * i;
  let words = philox(vec4u(word(a), word(a + 1u), word(a + 2u), word(a + 3u)), vec2u(word(a + 4u), word(a + 5u)));
  for (var lane = 0u; lane < 4u; lane++) {
    out[8u * i + 2u * lane] = f32(words[lane] & 0xffffu);
    out[8u * i + 2u * lane + 1u] = f32(words[lane] >> 16u);
  }
}
