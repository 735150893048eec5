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
  let place = quad_place(group, groups, local);
  let row = place.row;
  let col = place.col;
  let at = starts_of(Block(group), min(place.n, params.batch - 1u));

  let rows0 = a_rows(at, row, 1u);
  let rows1 = a_rows(at, row + 4u, 1u);
  let rows2 = a_rows(at, row + 8u, 1u);
  let rows3 = a_rows(at, row + 12u, 1u);
  let cols = at.b + min(col + vec2u(0u, place.step), vec2u(params.cols - 1u)) * params.b_col;

  var tile0 = mat4x2f();
  var tile1 = mat4x2f();
  var tile2 = mat4x2f();
  var tile3 = mat4x2f();

  let lane = local % 4u;
  var k = 0u;
  for (; k + 3u < params.inner; k += 4u) {
    let own = (k + lane) * params.a_col;
    let x0 = four_of_a(rows0 + own);
    let x1 = four_of_a(rows1 + own);
    let x2 = four_of_a(rows2 + own);
    let x3 = four_of_a(rows3 + own);
    var b_at = k * params.b_row;
    {
      let y = vec2f(read_b(cols.x + b_at), read_b(cols.y + b_at));
      tile0 += outer(quadBroadcast(x0, 0u), y);
      tile1 += outer(quadBroadcast(x1, 0u), y);
      tile2 += outer(quadBroadcast(x2, 0u), y);
      tile3 += outer(quadBroadcast(x3, 0u), y);
      b_at += params.b_row;
    }
    {
      let y = vec2f(read_b(cols.x + b_at), read_b(cols.y + b_at));
      tile0 += outer(quadBroadcast(x0, 1u), y);
      tile1 += outer(quadBroadcast(x1, 1u), y);
      tile2 += outer(quadBroadcast(x2, 1u), y);
      tile3 += outer(quadBroadcast(x3, 1u), y);
      b_at += params.b_row;
    }
    {
      let y = vec2f(read_b(cols.x + b_at), read_b(cols.y + b_at));
      tile0 += outer(quadBroadcast(x0, 2u), y);
      tile1 += outer(quadBroadcast(x1, 2u), y);
      tile2 += outer(quadBroadcast(x2, 2u), y);
      tile3 += outer(quadBroadcast(x3, 2u), y);
      b_at += params.b_row;
    }
    {
      let y = vec2f(read_b(cols.x + b_at), read_b(cols.y + b_at));
      tile0 += outer(quadBroadcast(x0, 3u), y);
      tile1 += outer(quadBroadcast(x1, 3u), y);
      tile2 += outer(quadBroadcast(x2, 3u), y);
      tile3 += outer(quadBroadcast(x3, 3u), y);
    }
  }
  for (; k < params.inner; k++) {
    let a_at = k * params.a_col;
    let b_at = k * params.b_row;
    let y = vec2f(read_b(cols.x + b_at), read_b(cols.y + b_at));
    tile0 += outer(four_of_a(rows0 + a_at), y);
    tile1 += outer(four_of_a(rows1 + a_at), y);
    tile2 += outer(four_of_a(rows2 + a_at), y);
    tile3 += outer(four_of_a(rows3 + a_at), y);
  }

  tile0 *= params.scale;
  tile1 *= params.scale;
  tile2 *= params.scale;
  tile3 *= params.scale;
  for (k = 0u; k < params.rank; k++) {
    let v_row = v_row_of(at, col, place.step, k).xy;
    tile0 += outer(params.update_scale * u_col_of(at, row, 1u, k), v_row);
    tile1 += outer(params.update_scale * u_col_of(at, row + 4u, 1u, k), v_row);
    tile2 += outer(params.update_scale * u_col_of(at, row + 8u, 1u, k), v_row);
    tile3 += outer(params.update_scale * u_col_of(at, row + 12u, 1u, k), v_row);
  }

  if (place.n >= params.batch) { return; }
  store_rows(at, row, col, place.step, tile0);
  store_rows(at, row + 4u, col, place.step, tile1);
  store_rows(at, row + 8u, col, place.step, tile2);
  store_rows(at, row + 12u, col, place.step, tile3);
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
