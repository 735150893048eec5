// The functions of math.ts over stretches of memory, for their tests: how a host calls them, to whom a v128 means nothing.
import { erf4, exp4, log4, tanh4 } from "./math";

export function exp(input: usize, out: usize, length: usize): void {
  for (let at: usize = 0; at < 4 * length; at += 16) v128.store(out + at, exp4(v128.load(input + at)));
}

export function log(input: usize, out: usize, length: usize): void {
  for (let at: usize = 0; at < 4 * length; at += 16) v128.store(out + at, log4(v128.load(input + at)));
}

export function tanh(input: usize, out: usize, length: usize): void {
  for (let at: usize = 0; at < 4 * length; at += 16) v128.store(out + at, tanh4(v128.load(input + at)));
}

export function erf(input: usize, out: usize, length: usize): void {
  for (let at: usize = 0; at < 4 * length; at += 16) v128.store(out + at, erf4(v128.load(input + at)));
}
