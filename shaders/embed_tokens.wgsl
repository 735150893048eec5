// out[i] = words[ids[i]] + places[i mod length], and + types[segments[i]] where TYPED
//
//   words, types  [entries, width]    ids, segments  [count], whole numbers
//   places  [length, width], from element first_place on    out  [count, width]

override TYPED: bool;

struct Params {
  count: u32,
  width: u32,
  length: u32,
  first_place: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> ids: array<f32>;
@group(0) @binding(5) var<storage, read> segments: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn embed_tokens(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let at = flat_index(group, groups, local);
  if (at >= params.count * params.width) { return; }
  let row = at / params.width;
  let col = at % params.width;
  let word = read_words(u32(ids[row]) * params.width + col);
  var sum = word + read_places(params.first_place + row % params.length * params.width + col);
  if (TYPED) { sum += read_types(u32(segments[row]) * params.width + col); }
  out[at] = sum;
}
