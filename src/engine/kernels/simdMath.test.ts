import { expect, test } from "vitest";
import bytes from "../../../assembly/mathTable.ts?wasm";
import { RandomStream } from "../random/stream.ts";

const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
type Table = Readonly<Record<string, (input: number, out: number, length: number) => void>>;
const table = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as unknown as Table;

/** Of each sign and exponent. */
const MANTISSAS = 512;

/** Every exponent of either sign with random mantissas, subnormal numbers and what is no number among them. */
function everySize(): Float32Array {
  const random = new RandomStream(1, 0);
  const words = Uint32Array.from({ length: 512 * MANTISSAS }, (_, at) => {
    const mantissa = at % MANTISSAS === 0 ? 0 : Math.floor(random.uniform() * 2 ** 23);
    return Math.floor(at / MANTISSAS) * 2 ** 23 + mantissa;
  });
  return new Float32Array(words.buffer);
}

/** Where something changes: the ends of ranges, of polynomials, and what lies beside them. */
function edges(): Float32Array {
  const places = [
    0,
    0.625,
    1,
    Math.SQRT1_2,
    Math.SQRT2,
    2.46875,
    3.9375,
    9.02,
    87.33,
    88.72,
    88.73,
    89,
    103.97,
    104,
    2 ** -126,
  ];
  const bits = new Int32Array(Float32Array.from(places.flatMap((place) => [place, -place])).buffer);
  const near = Int32Array.from([...bits].flatMap((word) => [-2, -1, 0, 1, 2].map((step) => word + step)));
  return Float32Array.from([...new Float32Array(near.buffer), Infinity, -Infinity, NaN, 2 ** -149, 3.4028235e38]);
}

/** By the power series of Abramowitz and Stegun, 7.1.6, whose terms are all of one sign. */
function erf(x: number): number {
  if (!(Math.abs(x) < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** How far a float32 is from the true value, in units in the last place of the float32 that is nearest to it. */
function distance(actual: number, expected: number): number {
  const nearest = Math.fround(expected);
  if (!Number.isFinite(nearest)) return Object.is(actual, nearest) ? 0 : Number.POSITIVE_INFINITY;
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(nearest))));
  return Math.abs(actual - expected) / 2 ** (exponent - 23);
}

test.each([
  ["exp", Math.exp, 1],
  ["log", Math.log, 1],
  ["tanh", Math.tanh, 2],
  ["erf", erf, 2],
] as const)("%s is within its bound of float64, whatever the argument", (name, reference, bound) => {
  const input = Float32Array.from([...edges(), ...everySize()]);
  const view = new Float32Array(memory.buffer);
  view.set(input);
  const out = Math.ceil(input.length / 4) * 4;
  table[name]!(0, 4 * out, input.length);
  const far = [...input].flatMap((x, at) => {
    const units = distance(view[out + at]!, reference(x));
    return units <= bound ? [] : [{ x, got: view[out + at], units }];
  });
  expect(far).toEqual([]);
});
