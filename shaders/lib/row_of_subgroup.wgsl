// A subgroup to a row, which is its whole workgroup: neighbouring invocations read neighbouring columns, and what they found
// is put together without workgroup memory. LANES is the size that was asked for.
//
// Halves are added to halves in an order that the size alone decides, which is not so of subgroupAdd. Both sides of a pair
// add the same two numbers, so that all lanes come to the same bits.

fn row_of(group: vec3u, groups: vec3u, local: u32) -> u32 { return group.y * groups.x + group.x; }

fn lane_of(local: u32) -> u32 { return local; }

fn row_sum(local: u32, part: f32) -> f32 {
  var sum = part;
  for (var apart = LANES / 2u; apart > 0u; apart /= 2u) { sum += subgroupShuffleXor(sum, apart); }
  return sum;
}

fn row_max(local: u32, part: f32) -> f32 {
  var largest = part;
  for (var apart = LANES / 2u; apart > 0u; apart /= 2u) { largest = max(largest, subgroupShuffleXor(largest, apart)); }
  return largest;
}
