// What perceptrons apply to every element besides GELU, and the gradients.
import { blockEnd, blockStart, load, store } from "./lanes";
import { exp4, tanh4 } from "./math";

export function relu(input: usize, out: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    store(out + at, f32x4.pmax(load(input + at, end - at), f32x4.splat(0)), end - at);
  }
}

export function reluBackward(input: usize, dOut: usize, dInput: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    const isOn = f32x4.gt(load(input + at, end - at), f32x4.splat(0));
    store(dInput + at, v128.and(load(dOut + at, end - at), isOn), end - at);
  }
}

export function tanhForward(input: usize, out: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    store(out + at, tanh4(load(input + at, end - at)), end - at);
  }
}

export function tanhBackward(out: usize, dOut: usize, dInput: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    const own = load(out + at, end - at);
    const slope = f32x4.sub(f32x4.splat(1), f32x4.mul(own, own));
    store(dInput + at, f32x4.mul(load(dOut + at, end - at), slope), end - at);
  }
}

export function siluGate(gate: usize, value: usize, out: usize, length: u32, from: u32, to: u32): void {
  const end = blockEnd(to, length);
  for (let at = blockStart(from); at < end; at += 16) {
    const x = load(gate + at, end - at);
    const silu = f32x4.div(x, f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
    store(out + at, f32x4.mul(silu, load(value + at, end - at)), end - at);
  }
}

export function siluGateBackward(
  gate: usize,
  value: usize,
  dOut: usize,
  dGate: usize,
  length: u32,
  from: u32,
  to: u32,
): void {
  const end = blockEnd(to, length);
  const one = f32x4.splat(1);
  for (let at = blockStart(from); at < end; at += 16) {
    const x = load(gate + at, end - at);
    const share = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
    const slope = f32x4.mul(share, f32x4.add(one, f32x4.mul(x, f32x4.sub(one, share))));
    const dValue = f32x4.mul(load(dOut + at, end - at), load(value + at, end - at));
    store(dGate + at, f32x4.mul(dValue, slope), end - at);
  }
}
