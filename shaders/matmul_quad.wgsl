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
  let place = quad_place(group, groups, local);
  let row = place.row;
  let col = place.col;
  let at = starts_of(Block(group), min(place.n, params.batch - 1u));

  let rows0 = a_rows(at, row, 1u);
  let rows1 = a_rows(at, row + 4u, 1u);
  let rows2 = a_rows(at, row + 8u, 1u);
  let rows3 = a_rows(at, row + 12u, 1u);
  let cols0 = b_cols(at, col, place.step);
  let cols1 = b_cols(at, col + 4u * place.step, place.step);

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
    let x0 = four_of_a(rows0 + own);
    let x1 = four_of_a(rows1 + own);
    let x2 = four_of_a(rows2 + own);
    let x3 = four_of_a(rows3 + own);
    var b_at = k * params.b_row;
    {
      let y0 = four_of_b(cols0 + b_at);
      let y1 = four_of_b(cols1 + b_at);
      tile00 += outer(quadBroadcast(x0, 0u), y0); tile01 += outer(quadBroadcast(x0, 0u), y1);
      tile10 += outer(quadBroadcast(x1, 0u), y0); tile11 += outer(quadBroadcast(x1, 0u), y1);
      tile20 += outer(quadBroadcast(x2, 0u), y0); tile21 += outer(quadBroadcast(x2, 0u), y1);
      tile30 += outer(quadBroadcast(x3, 0u), y0); tile31 += outer(quadBroadcast(x3, 0u), y1);
      b_at += params.b_row;
    }
    {
      let y0 = four_of_b(cols0 + b_at);
      let y1 = four_of_b(cols1 + b_at);
      tile00 += outer(quadBroadcast(x0, 1u), y0); tile01 += outer(quadBroadcast(x0, 1u), y1);
      tile10 += outer(quadBroadcast(x1, 1u), y0); tile11 += outer(quadBroadcast(x1, 1u), y1);
      tile20 += outer(quadBroadcast(x2, 1u), y0); tile21 += outer(quadBroadcast(x2, 1u), y1);
      tile30 += outer(quadBroadcast(x3, 1u), y0); tile31 += outer(quadBroadcast(x3, 1u), y1);
      b_at += params.b_row;
    }
    {
      let y0 = four_of_b(cols0 + b_at);
      let y1 = four_of_b(cols1 + b_at);
      tile00 += outer(quadBroadcast(x0, 2u), y0); tile01 += outer(quadBroadcast(x0, 2u), y1);
      tile10 += outer(quadBroadcast(x1, 2u), y0); tile11 += outer(quadBroadcast(x1, 2u), y1);
      tile20 += outer(quadBroadcast(x2, 2u), y0); tile21 += outer(quadBroadcast(x2, 2u), y1);
      tile30 += outer(quadBroadcast(x3, 2u), y0); tile31 += outer(quadBroadcast(x3, 2u), y1);
      b_at += params.b_row;
    }
    {
      let y0 = four_of_b(cols0 + b_at);
      let y1 = four_of_b(cols1 + b_at);
      tile00 += outer(quadBroadcast(x0, 3u), y0); tile01 += outer(quadBroadcast(x0, 3u), y1);
      tile10 += outer(quadBroadcast(x1, 3u), y0); tile11 += outer(quadBroadcast(x1, 3u), y1);
      tile20 += outer(quadBroadcast(x2, 3u), y0); tile21 += outer(quadBroadcast(x2, 3u), y1);
      tile30 += outer(quadBroadcast(x3, 3u), y0); tile31 += outer(quadBroadcast(x3, 3u), y1);
    }
  }
  for (; k < params.inner; k++) {
    let a_at = k * params.a_col;
    let b_at = k * params.b_row;
    let y0 = four_of_b(cols0 + b_at);
    let y1 = four_of_b(cols1 + b_at);
    tile00 += outer(four_of_a(rows0 + a_at), y0); tile01 += outer(four_of_a(rows0 + a_at), y1);
    tile10 += outer(four_of_a(rows1 + a_at), y0); tile11 += outer(four_of_a(rows1 + a_at), y1);
    tile20 += outer(four_of_a(rows2 + a_at), y0); tile21 += outer(four_of_a(rows2 + a_at), y1);
    tile30 += outer(four_of_a(rows3 + a_at), y0); tile31 += outer(four_of_a(rows3 + a_at), y1);
  }

  tile00 *= params.scale; tile01 *= params.scale;
  tile10 *= params.scale; tile11 *= params.scale;
  tile20 *= params.scale; tile21 *= params.scale;
  tile30 *= params.scale; tile31 *= params.scale;
  for (k = 0u; k < params.rank; k++) {
    let v0 = v_row_of(at, col, place.step, k);
    let v1 = v_row_of(at, col + 4u * place.step, place.step, k);
    let u0 = params.update_scale * u_col_of(at, row, 1u, k);
    tile00 += outer(u0, v0); tile01 += outer(u0, v1);
    let u1 = params.update_scale * u_col_of(at, row + 4u, 1u, k);
    tile10 += outer(u1, v0); tile11 += outer(u1, v1);
    let u2 = params.update_scale * u_col_of(at, row + 8u, 1u, k);
    tile20 += outer(u2, v0); tile21 += outer(u2, v1);
    let u3 = params.update_scale * u_col_of(at, row + 12u, 1u, k);
    tile30 += outer(u3, v0); tile31 += outer(u3, v1);
  }

  if (place.n >= params.batch) { return; }
  store_rows(at, row, col, place.step, tile00);
  store_rows(at, row, col + 4u * place.step, place.step, tile01);
  store_rows(at, row + 4u, col, place.step, tile10);
  store_rows(at, row + 4u, col + 4u * place.step, place.step, tile11);
  store_rows(at, row + 8u, col, place.step, tile20);
  store_rows(at, row + 8u, col + 4u * place.step, place.step, tile21);
  store_rows(at, row + 12u, col, place.step, tile30);
  store_rows(at, row + 12u, col + 4u * place.step, place.step, tile31);
}
