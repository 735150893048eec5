// What matmul.wgsl computes, for adapters without barriers worth using but with subgroups: an invocation computes ROWS x
// COLS values in registers, and the four of a quad share their loads of a. Each of them loads another column of a, and
// all four get it by a broadcast, so that a step of four columns costs ROWS loads of a and not four times as many.
// A quad computes the same rows; the columns of its four invocations lie side by side, and those of one invocation a
// whole row of tiles apart.
//
// Sums run over `inner` in the same order as in matmul.wgsl. Past the edges, loads repeat the last row, column or matrix
// and stores are left out: no invocation may end early, since its neighbours wait for what it has loaded.

enable subgroups;

const WORKGROUP = 32u;
const ROWS = 16u;
const COLS = 8u;

@compute @workgroup_size(WORKGROUP)
fn matmul_quad(
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
  let cols0 = b_cols(at, col, tiles_x);
  let cols1 = b_cols(at, col + 4u * tiles_x, tiles_x);

  var tile00 = mat4x4f();
  var tile01 = mat4x4f();
  var tile10 = mat4x4f();
  var tile11 = mat4x4f();
  var tile20 = mat4x4f();
  var tile21 = mat4x4f();
  var tile30 = mat4x4f();
  var tile31 = mat4x4f();

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
      let y0 = b_row(cols0 + b_at);
      let y1 = b_row(cols1 + b_at);
      tile00 += outer(quadBroadcast(x0, 0u), y0); tile01 += outer(quadBroadcast(x0, 0u), y1);
      tile10 += outer(quadBroadcast(x1, 0u), y0); tile11 += outer(quadBroadcast(x1, 0u), y1);
      tile20 += outer(quadBroadcast(x2, 0u), y0); tile21 += outer(quadBroadcast(x2, 0u), y1);
      tile30 += outer(quadBroadcast(x3, 0u), y0); tile31 += outer(quadBroadcast(x3, 0u), y1);
      b_at += params.b_row;
    }
    {
      let y0 = b_row(cols0 + b_at);
      let y1 = b_row(cols1 + b_at);
      tile00 += outer(quadBroadcast(x0, 1u), y0); tile01 += outer(quadBroadcast(x0, 1u), y1);
      tile10 += outer(quadBroadcast(x1, 1u), y0); tile11 += outer(quadBroadcast(x1, 1u), y1);
      tile20 += outer(quadBroadcast(x2, 1u), y0); tile21 += outer(quadBroadcast(x2, 1u), y1);
      tile30 += outer(quadBroadcast(x3, 1u), y0); tile31 += outer(quadBroadcast(x3, 1u), y1);
      b_at += params.b_row;
    }
    {
      let y0 = b_row(cols0 + b_at);
      let y1 = b_row(cols1 + b_at);
      tile00 += outer(quadBroadcast(x0, 2u), y0); tile01 += outer(quadBroadcast(x0, 2u), y1);
      tile10 += outer(quadBroadcast(x1, 2u), y0); tile11 += outer(quadBroadcast(x1, 2u), y1);
      tile20 += outer(quadBroadcast(x2, 2u), y0); tile21 += outer(quadBroadcast(x2, 2u), y1);
      tile30 += outer(quadBroadcast(x3, 2u), y0); tile31 += outer(quadBroadcast(x3, 2u), y1);
      b_at += params.b_row;
    }
    {
      let y0 = b_row(cols0 + b_at);
      let y1 = b_row(cols1 + b_at);
      tile00 += outer(quadBroadcast(x0, 3u), y0); tile01 += outer(quadBroadcast(x0, 3u), y1);
      tile10 += outer(quadBroadcast(x1, 3u), y0); tile11 += outer(quadBroadcast(x1, 3u), y1);
      tile20 += outer(quadBroadcast(x2, 3u), y0); tile21 += outer(quadBroadcast(x2, 3u), y1);
      tile30 += outer(quadBroadcast(x3, 3u), y0); tile31 += outer(quadBroadcast(x3, 3u), y1);
    }
  }
  for (; k < params.inner; k++) {
    let a_at = k * params.a_col;
    let b_at = k * params.b_row;
    let y0 = b_row(cols0 + b_at);
    let y1 = b_row(cols1 + b_at);
    tile00 += outer(a_col(rows0 + a_at), y0); tile01 += outer(a_col(rows0 + a_at), y1);
    tile10 += outer(a_col(rows1 + a_at), y0); tile11 += outer(a_col(rows1 + a_at), y1);
    tile20 += outer(a_col(rows2 + a_at), y0); tile21 += outer(a_col(rows2 + a_at), y1);
    tile30 += outer(a_col(rows3 + a_at), y0); tile31 += outer(a_col(rows3 + a_at), y1);
  }

  tile00 *= params.scale; tile01 *= params.scale;
  tile10 *= params.scale; tile11 *= params.scale;
  tile20 *= params.scale; tile21 *= params.scale;
  tile30 *= params.scale; tile31 *= params.scale;
  for (k = 0u; k < params.rank; k++) {
    let v0 = v_row_of(at, col, tiles_x, k);
    let v1 = v_row_of(at, col + 4u * tiles_x, tiles_x, k);
    let u0 = params.update_scale * u_col_of(at, row, 1u, k);
    tile00 += outer(u0, v0); tile01 += outer(u0, v1);
    let u1 = params.update_scale * u_col_of(at, row + 4u, 1u, k);
    tile10 += outer(u1, v0); tile11 += outer(u1, v1);
    let u2 = params.update_scale * u_col_of(at, row + 8u, 1u, k);
    tile20 += outer(u2, v0); tile21 += outer(u2, v1);
    let u3 = params.update_scale * u_col_of(at, row + 12u, 1u, k);
    tile30 += outer(u3, v0); tile31 += outer(u3, v1);
  }

  if (n >= params.batch) { return; }
  store_rows(at, row, col, tiles_x, tile00);
  store_rows(at, row, col + 4u * tiles_x, tiles_x, tile01);
  store_rows(at, row + 4u, col, tiles_x, tile10);
  store_rows(at, row + 4u, col + 4u * tiles_x, tiles_x, tile11);
  store_rows(at, row + 8u, col, tiles_x, tile20);
  store_rows(at, row + 8u, col + 4u * tiles_x, tiles_x, tile21);
  store_rows(at, row + 12u, col, tiles_x, tile30);
  store_rows(at, row + 12u, col + 4u * tiles_x, tiles_x, tile31);
}

fn b_cols(at: Starts, col: u32, step: u32) -> vec4u {
  return at.b + min(col + vec4u(0u, 1u, 2u, 3u) * step, vec4u(params.cols - 1u)) * params.b_col;
}

fn b_row(at: vec4u) -> vec4f { return vec4f(b[at.x], b[at.y], b[at.z], b[at.w]); }

fn a_rows(at: Starts, row: u32) -> vec4u {
  return at.a + min(row + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u)) * params.a_row;
}

fn a_col(at: vec4u) -> vec4f { return vec4f(a[at.x], a[at.y], a[at.z], a[at.w]); }
