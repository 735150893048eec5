import type { Tolerance } from "./check.ts";

// How accurate WGSL's built-in functions must be is stated in its specification, section "Floating point accuracy".

/** Nothing is rounded: moves, comparisons, integers. */
export const exact: Tolerance = {
  bound: 0,
  why: "values are moved, compared or counted, and nothing is rounded",
};

/** A few operations, each rounded. */
export const rounded: Tolerance = {
  bound: 6e-7,
  why: "a handful of operations rounded to 24 bits, where WGSL grants a quotient two and a half last bits",
};

/** Sums in float32. */
export const summed: Tolerance = {
  bound: 4e-6,
  why: "sums of up to 70 products in float32, every addition rounded to 24 bits",
};

/** Exponentials, logarithms, roots and quotients. */
export const functions: Tolerance = {
  bound: 2e-5,
  why: "WGSL grants exp, log, roots and quotients some last bits, which differences of close values enlarge",
};

/** What is made of tanh or of the error function. */
export const saturating: Tolerance = {
  bound: 1e-4,
  why: "WGSL grants tanh an absolute error of 1e-5, which a slope enlarges by up to ten where tanh still moves",
};

/** What is made of sines and cosines. */
export const trigonometric: Tolerance = {
  bound: 2 ** -10,
  why: "WGSL grants sine and cosine an absolute error of 2⁻¹¹, here times a radius of the size of the largest value",
};

/** Factorisations, whose errors grow with the condition of what is factorised. */
export const factorised: Tolerance = {
  bound: 5e-5,
  why: "rounding to 24 bits, times a condition of up to a few hundred",
};
