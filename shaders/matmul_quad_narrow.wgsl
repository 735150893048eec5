// What matmul_quad.wgsl computes, in the same way, for few columns: two of them and not eight to an invocation.

enable subgroups;

const WORKGROUP = 16u;
const ROWS = 16u;
const COLS = 2u;

@compute @workgroup_size(WORKGROUP)
fn matmul_quad_narrow(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  // A multiple of four, so that a quad never lies in two rows of tiles.
  let tiles_x = (params.cols + 4u * COLS - 1u) / (4u * COLS) * 4u;
  let tiles = tiles_x * ((params.rows + ROWS - 1u) / ROWS);
  let index = (group.y * groups.x + group.x) * WORKGROUP + local;
  let n = index / tiles;
  let tile = index - n * tiles;
  let row = (tile / tiles_x) * ROWS;
  let col = tile % tiles_x;
  let at = starts_of(min(n, params.batch - 1u));

  let rows0 = a_rows(at, row);
  let rows1 = a_rows(at, row + 4u);
  let rows2 = a_rows(at, row + 8u);
  let rows3 = a_rows(at, row + 12u);
  let cols = at.b + min(col + vec2u(0u, tiles_x), vec2u(params.cols - 1u)) * params.b_col;

  var tile0 = mat4x2f();
  var tile1 = mat4x2f();
  var tile2 = mat4x2f();
  var tile3 = mat4x2f();

  let lane = local % 4u;
  var k = 0u;
  for (; k + 3u < params.inner; k += 4u) {
    let own = (k + lane) * params.a_col;
    let x0 = a_col(rows0 + own);
    let x1 = a_col(rows1 + own);
    let x2 = a_col(rows2 + own);
    let x3 = a_col(rows3 + own);
    var b_at = k * params.b_row;
    {
      let y = vec2f(b[cols.x + b_at], b[cols.y + b_at]);
      tile0 += outer(quadBroadcast(x0, 0u), y);
      tile1 += outer(quadBroadcast(x1, 0u), y);
      tile2 += outer(quadBroadcast(x2, 0u), y);
      tile3 += outer(quadBroadcast(x3, 0u), y);
      b_at += params.b_row;
    }
    {
      let y = vec2f(b[cols.x + b_at], b[cols.y + b_at]);
      tile0 += outer(quadBroadcast(x0, 1u), y);
      tile1 += outer(quadBroadcast(x1, 1u), y);
      tile2 += outer(quadBroadcast(x2, 1u), y);
      tile3 += outer(quadBroadcast(x3, 1u), y);
      b_at += params.b_row;
    }
    {
      let y = vec2f(b[cols.x + b_at], b[cols.y + b_at]);
      tile0 += outer(quadBroadcast(x0, 2u), y);
      tile1 += outer(quadBroadcast(x1, 2u), y);
      tile2 += outer(quadBroadcast(x2, 2u), y);
      tile3 += outer(quadBroadcast(x3, 2u), y);
      b_at += params.b_row;
    }
    {
      let y = vec2f(b[cols.x + b_at], b[cols.y + b_at]);
      tile0 += outer(quadBroadcast(x0, 3u), y);
      tile1 += outer(quadBroadcast(x1, 3u), y);
      tile2 += outer(quadBroadcast(x2, 3u), y);
      tile3 += outer(quadBroadcast(x3, 3u), y);
    }
  }
  for (; k < params.inner; k++) {
    let a_at = k * params.a_col;
    let b_at = k * params.b_row;
    let y = vec2f(b[cols.x + b_at], b[cols.y + b_at]);
    tile0 += outer(a_col(rows0 + a_at), y);
    tile1 += outer(a_col(rows1 + a_at), y);
    tile2 += outer(a_col(rows2 + a_at), y);
    tile3 += outer(a_col(rows3 + a_at), y);
  }

  tile0 *= params.scale;
  tile1 *= params.scale;
  tile2 *= params.scale;
  tile3 *= params.scale;
  for (k = 0u; k < params.rank; k++) {
    let v_row = v_row_of(at, col, tiles_x, k).xy;
    tile0 += outer(params.update_scale * u_col_of(at, row, 1u, k), v_row);
    tile1 += outer(params.update_scale * u_col_of(at, row + 4u, 1u, k), v_row);
    tile2 += outer(params.update_scale * u_col_of(at, row + 8u, 1u, k), v_row);
    tile3 += outer(params.update_scale * u_col_of(at, row + 12u, 1u, k), v_row);
  }

  if (n >= params.batch) { return; }
  store_rows(at, row, col, tiles_x, tile0);
  store_rows(at, row + 4u, col, tiles_x, tile1);
  store_rows(at, row + 8u, col, tiles_x, tile2);
  store_rows(at, row + 12u, col, tiles_x, tile3);
}

// The products of four rows with two columns, row by row.
fn outer(x: vec4f, y: vec2f) -> mat4x2f { return mat4x2f(x.x * y, x.y * y, x.z * y, x.w * y); }

fn store_rows(at: Starts, row: u32, col: u32, step: u32, tile: mat4x2f) {
  store_pair(at, row, col, step, tile[0]);
  store_pair(at, row + 1u, col, step, tile[1]);
  store_pair(at, row + 2u, col, step, tile[2]);
  store_pair(at, row + 3u, col, step, tile[3]);
}

fn store_pair(at: Starts, row: u32, col: u32, step: u32, sums: vec2f) {
  store(at, row, col, sums.x);
  store(at, row, col + step, sums.y);
}

fn a_rows(at: Starts, row: u32) -> vec4u {
  return at.a + min(row + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u)) * params.a_row;
}

fn a_col(at: vec4u) -> vec4f { return vec4f(a[at.x], a[at.y], a[at.z], a[at.w]); }
