// Which tile an invocation of a quad computes. ROWS, COLS and WORKGROUP are the shader's own.

struct QuadPlace {
  // The matrix of the batch; past the last one, nothing is to be stored.
  n: u32,
  row: u32,
  col: u32,
  // What the columns of one invocation lie apart: a multiple of four, so that a quad never lies in two rows of tiles.
  step: u32,
}

fn quad_place(group: vec3u, groups: vec3u, local: u32) -> QuadPlace {
  let step = (params.cols + 4u * COLS - 1u) / (4u * COLS) * 4u;
  let tiles = step * ((params.rows + ROWS - 1u) / ROWS);
  let index = (group.y * groups.x + group.x) * WORKGROUP + local;
  let n = index / tiles;
  let tile = index - n * tiles;
  return QuadPlace(n, (tile / step) * ROWS, tile % step, step);
}
