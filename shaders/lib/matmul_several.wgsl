// Which of several products a workgroup is for, and which block of it.

// @param cols, rows of a block.
fn block_of(group: vec3u, groups: vec3u, cols: u32, rows: u32) -> Block {
  let g = product_of(group, groups);
  let across = (params[g].cols + cols - 1u) / cols;
  let down = (params[g].rows + rows - 1u) / rows;
  let own = number_of(group, groups) - params[g].first;
  return Block(vec3u(own % across, own / across % down, own / (across * down)), g, g);
}

// The same where the workgroups of a product are counted through.
fn flat_block_of(group: vec3u, groups: vec3u) -> Block {
  let g = product_of(group, groups);
  return Block(vec3u(number_of(group, groups) - params[g].first, 0u, 0u), g, g);
}

fn product_of(group: vec3u, groups: vec3u) -> u32 {
  let number = number_of(group, groups);
  var g = 0u;
  while (number >= params[g].end) { g += params[g].terms; }
  return g;
}

// The number of a workgroup in a grid that the host folded into two dimensions.
fn number_of(group: vec3u, groups: vec3u) -> u32 { return group.y * groups.x + group.x; }

// Whether there is such a block: a folded grid has a few too many, and a sum ends with its last term.
fn is_there(block: Block) -> bool {
  return block.g < block.first + params[block.first].terms && block.at.z < params[block.first].batch;
}
