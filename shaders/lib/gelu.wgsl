// The Gaussian error linear unit (Hendrycks and Gimpel, 2016), and its slope: by tanh, ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))),
// as in GPT-2; otherwise ½ x (1 + erf(x / √2)), as in BERT.

override TANH: bool;

fn gelu_of(x: f32) -> f32 {
  if (TANH) { return 0.5 * x * (1.0 + tanh(gelu_inner(x))); }
  return 0.5 * x * (1.0 + erf(x * 0.7071067812));
}

fn gelu_slope(x: f32) -> f32 {
  if (TANH) {
    let t = tanh(gelu_inner(x));
    let slope = 0.7978845608 * (1.0 + 3.0 * 0.044715 * x * x);
    return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope;
  }
  let density = 0.3989422804 * exp(-0.5 * x * x);
  return 0.5 * (1.0 + erf(x * 0.7071067812)) + x * density;
}

// tanh is 1 in float32 from 9 on; some drivers overflow on large arguments.
fn gelu_inner(x: f32) -> f32 { return clamp(0.7978845608 * (x + 0.044715 * x * x * x), -15.0, 15.0); }
