// A workgroup of 64 to a row: for GPUs. Neighbouring invocations read neighbouring columns, and what they found is put
// together in one order, so that results repeat to the bit.

const LANES = 64u;

var<workgroup> row_parts: array<f32, LANES>;

fn row_of(group: vec3u, groups: vec3u, local: u32) -> u32 { return group.y * groups.x + group.x; }

fn lane_of(local: u32) -> u32 { return local; }

fn row_sum(local: u32, part: f32) -> f32 {
  row_parts[local] = part;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < LANES; i++) { sum += row_parts[i]; }
  workgroupBarrier();
  return sum;
}

fn row_max(local: u32, part: f32) -> f32 {
  row_parts[local] = part;
  workgroupBarrier();
  var largest = part;
  for (var i = 0u; i < LANES; i++) { largest = max(largest, row_parts[i]); }
  workgroupBarrier();
  return largest;
}
