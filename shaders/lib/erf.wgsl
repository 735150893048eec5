// erf(x) by Chebyshev's fit of erfc (Numerical Recipes, 3rd ed., §6.2.2, erfccheb of the first edition): fractional error
// of erfc below 1.2e-7, so absolute error of erf below 1.2e-7 everywhere.
fn erf(x: f32) -> f32 {
  let z = abs(x);
  let t = 1.0 / (1.0 + 0.5 * z);
  let poly = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806
    + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  let erfc = t * exp(-z * z + poly);
  return select(erfc - 1.0, 1.0 - erfc, x >= 0.0);
}
