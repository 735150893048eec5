// Whether x is neither infinite nor NaN. By its bits, because compilers may take x == x for true.
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}
