// Up to four numbers that lie `step` bytes apart.

/** Those behind the first `count` mean nothing. Vectors are read whole: memory goes on behind every tensor. */
export function loadStrided(at: usize, step: usize, count: usize): v128 {
  if (step === 4) return v128.load(at);
  let values = v128.load32_splat(at);
  if (step === 0) return values;
  if (count > 1) values = v128.load_lane<f32>(at + step, values, 1);
  if (count > 2) values = v128.load_lane<f32>(at + 2 * step, values, 2);
  if (count > 3) values = v128.load_lane<f32>(at + 3 * step, values, 3);
  return values;
}

/** Stores the first `count`. */
export function storeStrided(at: usize, step: usize, count: usize, values: v128): void {
  if (step === 4 && count > 3) {
    v128.store(at, values);
    return;
  }
  v128.store_lane<f32>(at, values, 0);
  if (count > 1) v128.store_lane<f32>(at + step, values, 1);
  if (count > 2) v128.store_lane<f32>(at + 2 * step, values, 2);
  if (count > 3) v128.store_lane<f32>(at + 3 * step, values, 3);
}
