// What the kernels of fused attention share: where their operands lie, which key a query sees, and how products of
// queries and keys become shares. Tiles are of four queries and four keys, each query a column of the matrix type.
//
//   query       [rows, heads, queries, width]              mask  [rows, keys]: 1 for a token, 0 for padding
//   key, value  [rows, heads / groups, keys, width]
//
// CAUSAL: a query sees the keys up to its own position.

struct Params {
  rows: u32,
  heads: u32,
  groups: u32,
  queries: u32,
  keys: u32,
  width: u32,
  query_offset: u32,
  query_row: u32,
  query_head: u32,
  query_token: u32,
  query_feature: u32,
  key_offset: u32,
  key_row: u32,
  key_head: u32,
  key_token: u32,
  key_feature: u32,
  value_offset: u32,
  value_row: u32,
  value_head: u32,
  value_token: u32,
  value_feature: u32,
  scale: f32,
}

override CAUSAL: bool;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> query: array<f32>;
@group(0) @binding(2) var<storage, read> key: array<f32>;
@group(0) @binding(3) var<storage, read> value: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<f32>;

// The widest head that these kernels have room for.
const WIDEST = 128u;

// In place of a score that is not seen: below any that is.
const UNSEEN = -3.0e38;

// Where a head of a row begins in every operand: `mixed` in what has the layout of attention's result, [rows, queries,
// heads * width], and `line` in what has a number to a query, [rows, heads, queries].
struct Head {
  row: u32,
  query: u32,
  key: u32,
  value: u32,
  mixed: u32,
  line: u32,
}

fn head_of(row: u32, head: u32) -> Head {
  let shared_head = head / params.groups;
  return Head(
    row,
    params.query_offset + row * params.query_row + head * params.query_head,
    params.key_offset + row * params.key_row + shared_head * params.key_head,
    params.value_offset + row * params.value_row + shared_head * params.value_head,
    (row * params.queries * params.heads + head) * params.width,
    (row * params.heads + head) * params.queries,
  );
}

// Elements from one query to the next where `Head.mixed` begins.
fn mixed_token() -> u32 { return params.heads * params.width; }

// The scores of four queries and four keys by their products.
fn seen_scores(at: Head, queries: vec4u, keys: vec4u, products: mat4x4f) -> mat4x4f {
  let tokens = at.row * params.keys + min(keys, vec4u(params.keys - 1u));
  let is_token = (keys < vec4u(params.keys))
    & (vec4f(mask[tokens.x], mask[tokens.y], mask[tokens.z], mask[tokens.w]) != vec4f());
  return mat4x4f(
    seen_by(queries.x, keys, is_token, products[0]),
    seen_by(queries.y, keys, is_token, products[1]),
    seen_by(queries.z, keys, is_token, products[2]),
    seen_by(queries.w, keys, is_token, products[3]),
  );
}

fn seen_by(token: u32, keys: vec4u, is_token: vec4<bool>, products: vec4f) -> vec4f {
  let is_seen = is_token & vec4<bool>(token < params.queries) & (vec4<bool>(!CAUSAL) | (keys <= vec4u(token)));
  return select(vec4f(UNSEEN), params.scale * products, is_seen);
}

// exp(score - level), with a level for each query; nothing for what is not seen.
fn shares_of(scores: mat4x4f, level: vec4f) -> mat4x4f {
  return mat4x4f(
    share_of(scores[0], level.x),
    share_of(scores[1], level.y),
    share_of(scores[2], level.z),
    share_of(scores[3], level.w),
  );
}

fn share_of(scores: vec4f, level: f32) -> vec4f {
  return select(exp(scores - level), vec4f(), scores == vec4f(UNSEEN));
}

// The largest score of each query.
fn largest_of(scores: mat4x4f) -> vec4f {
  let by_query = transpose(scores);
  return max(max(by_query[0], by_query[1]), max(by_query[2], by_query[3]));
}

// By what sums over shares shrink where the level of four queries rises.
fn shrinking(from_level: vec4f, to_level: vec4f) -> vec4f {
  return select(exp(from_level - to_level), vec4f(), from_level == vec4f(UNSEEN));
}
