// The index of an invocation in a grid of 64-wide workgroups that the host folded into two dimensions.
fn flat_index(group: vec3u, groups: vec3u, local: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + local;
}
