// What is done to each row of a matrix, or to each pair of rows. A unit is a row, or a pair.
import { dot, element, load, store } from "./lanes";

export function gatherRows(table: usize, ids: usize, out: usize, count: u32, width: u32, from: u32, to: u32): void {
  const bytes: usize = 4 * width;
  for (let i = from; i < to; i++) {
    const row = table + <u32>element(ids, i) * bytes;
    for (let at: usize = 0; at < bytes; at += 16) store(out + i * bytes + at, load(row + at, bytes - at), bytes - at);
  }
}

/** A row for each token's word, plus its place's, plus its kind of segment's. */
export function embedTokens(
  words: usize,
  ids: usize,
  places: usize,
  types: usize,
  segments: usize,
  out: usize,
  count: u32,
  width: u32,
  length: u32,
  firstPlace: u32,
  typed: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * width;
  for (let i = from; i < to; i++) {
    const word = words + <u32>element(ids, i) * bytes;
    const place = places + 4 * firstPlace + (i % length) * bytes;
    const kind = types + (typed ? <u32>element(segments, i) * bytes : 0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const placed = f32x4.add(load(word + at, bytes - at), load(place + at, bytes - at));
      store(out + i * bytes + at, typed ? f32x4.add(placed, load(kind + at, bytes - at)) : placed, bytes - at);
    }
  }
}

export function inverseNorms(input: usize, out: usize, rows: u32, cols: u32, from: u32, to: u32): void {
  const bytes: usize = 4 * cols;
  for (let row = from; row < to; row++) {
    const own = input + row * bytes;
    const squares = dot(own, own, bytes);
    f32.store(out + 4 * row, squares === 0 ? 0 : 1 / sqrt<f32>(squares));
  }
}

export function normalizeRows(input: usize, out: usize, rows: u32, cols: u32, from: u32, to: u32): void {
  const bytes: usize = 4 * cols;
  for (let row = from; row < to; row++) {
    const own = input + row * bytes;
    const norm: f32 = sqrt<f32>(dot(own, own, bytes));
    // Zeros divided by something stay zeros.
    const divisor = f32x4.splat(norm === 0 ? 1 : norm);
    for (let at: usize = 0; at < bytes; at += 16) {
      store(out + row * bytes + at, f32x4.div(load(own + at, bytes - at), divisor), bytes - at);
    }
  }
}

export function normalizeRowsBackward(
  input: usize,
  dOut: usize,
  dInput: usize,
  rows: u32,
  cols: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * cols;
  for (let row = from; row < to; row++) {
    const own = input + row * bytes;
    const gradient = dOut + row * bytes;
    const squares = dot(own, own, bytes);
    const share = f32x4.splat(squares === 0 ? 0 : dot(own, gradient, bytes) / squares);
    const factor = f32x4.splat(squares === 0 ? 0 : 1 / sqrt<f32>(squares));
    for (let at: usize = 0; at < bytes; at += 16) {
      const along = f32x4.mul(load(own + at, bytes - at), share);
      const across = f32x4.sub(load(gradient + at, bytes - at), along);
      store(dInput + row * bytes + at, f32x4.mul(across, factor), bytes - at);
    }
  }
}

/** [u ⊙ v, |u − v|, cos(u, v)]. */
export function pairFeatures(embeddings: usize, features: usize, pairs: u32, width: u32, from: u32, to: u32): void {
  const bytes: usize = 4 * width;
  for (let pair = from; pair < to; pair++) {
    const u = embeddings + pair * bytes;
    const v = embeddings + (pairs + pair) * bytes;
    const out = features + pair * (2 * bytes + 4);
    for (let at: usize = 0; at < bytes; at += 16) {
      const left = load(u + at, bytes - at);
      const right = load(v + at, bytes - at);
      store(out + at, f32x4.mul(left, right), bytes - at);
      store(out + bytes + at, f32x4.abs(f32x4.sub(left, right)), bytes - at);
    }
    const norms = normOf(u, bytes) * normOf(v, bytes);
    f32.store(out + 2 * bytes, norms === 0 ? 0 : dot(u, v, bytes) / norms);
  }
}

export function pairFeaturesBackward(
  embeddings: usize,
  dFeatures: usize,
  dEmbeddings: usize,
  pairs: u32,
  width: u32,
  from: u32,
  to: u32,
): void {
  const bytes: usize = 4 * width;
  for (let pair = from; pair < to; pair++) {
    const u = pair * bytes;
    const v = (pairs + pair) * bytes;
    const gradient = dFeatures + pair * (2 * bytes + 4);
    const norms = normOf(embeddings + u, bytes) * normOf(embeddings + v, bytes);
    const dCosine: f32 = norms === 0 ? 0 : f32.load(gradient + 2 * bytes);
    const cosine: f32 = norms === 0 ? 0 : dot(embeddings + u, embeddings + v, bytes) / norms;
    pairGradient(embeddings + u, embeddings + v, gradient, dEmbeddings + u, bytes, dCosine, cosine, norms);
    pairGradient(embeddings + v, embeddings + u, gradient, dEmbeddings + v, bytes, dCosine, cosine, norms);
  }
}

/** The gradient of one vector of a pair, in which the features are symmetric. */
function pairGradient(
  own: usize,
  other: usize,
  gradient: usize,
  result: usize,
  bytes: usize,
  dCosine: f32,
  cosine: f32,
  norms: f32,
): void {
  const towardsOther = f32x4.splat(norms === 0 ? 0 : 1 / norms);
  const towardsOwn = f32x4.splat(norms === 0 ? 0 : cosine / dot(own, own, bytes));
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = load(own + at, bytes - at);
    const y = load(other + at, bytes - at);
    const product = f32x4.mul(load(gradient + at, bytes - at), y);
    const distance = f32x4.mul(load(gradient + bytes + at, bytes - at), signOf(f32x4.sub(x, y)));
    const turn = f32x4.mul(f32x4.splat(dCosine), f32x4.sub(f32x4.mul(y, towardsOther), f32x4.mul(x, towardsOwn)));
    store(result + at, f32x4.add(f32x4.add(product, distance), turn), bytes - at);
  }
}

function normOf(row: usize, bytes: usize): f32 {
  return sqrt<f32>(dot(row, row, bytes));
}

/** 1, −1, or 0 for 0. */
function signOf(x: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  return f32x4.sub(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.lt(x, zero), one));
}
