/**
 * How the elements of a tensor are stored. Shaders compute in float32 whatever it is: a weight that a checkpoint holds in
 * 16 bits is read from 16 bits, without loss, and takes half the memory.
 */
export type ElementFormat = "float32" | "float16" | "bfloat16";

/** Bytes. */
export function elementSize(format: ElementFormat): 2 | 4 {
  return format === "float32" ? 4 : 2;
}

/**
 * What reads of a shader are stored as: the type of a buffer's elements, and the value of element `index` of buffer `name`.
 * Halves have a second way, for adapters with `shader-f16`; both give the same numbers.
 */
const readers = {
  float32: { stored: "f32", value: (name: string) => `${name}[index]` },
  bfloat16: {
    stored: "u32",
    value: (name: string) => `bitcast<f32>((${name}[index / 2u] >> (16u * (index % 2u))) << 16u)`,
  },
  float16: {
    stored: "u32",
    value: (name: string) => `unpack2x16float(${name}[index / 2u] >> (16u * (index % 2u))).x`,
  },
  shaderF16: { stored: "f16", value: (name: string) => `f32(${name}[index])` },
} as const;

/**
 * WGSL that binds an operand and reads it with `read_<name>(index)`.
 *
 * @param shaderF16 whether the adapter has the feature, which the shader must then enable.
 */
export function readerOf(name: string, binding: number, format: ElementFormat, shaderF16: boolean): string {
  const { stored, value } = readers[format === "float16" && shaderF16 ? "shaderF16" : format];
  return `
@group(0) @binding(${binding}) var<storage, read> ${name}: array<${stored}>;
fn read_${name}(index: u32) -> f32 { return ${value(name)}; }
`;
}

/** Float32 numbers as 16 bits each, to the nearest, ties to even. What is too large becomes an infinity. */
export function packed(values: ArrayLike<number>, format: "float16" | "bfloat16"): Uint16Array<ArrayBuffer> {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const stored = new Uint16Array(bits.length);
  const of = format === "float16" ? halfOf : bfloatOf;
  for (let i = 0; i < bits.length; i++) stored[i] = of(bits[i]!);
  return stored;
}

/** What `packed` has packed. */
export function unpacked(stored: Uint16Array, format: "float16" | "bfloat16"): Float32Array {
  const values = new Float32Array(stored.length);
  if (format === "bfloat16") {
    const bits = new Uint32Array(values.buffer);
    for (let i = 0; i < stored.length; i++) bits[i] = stored[i]! << 16;
    return values;
  }
  const table = halfValues();
  for (let i = 0; i < stored.length; i++) values[i] = table[stored[i]!]!;
  return values;
}

/** IEEE 754 binary16 of a float32, by their bits. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  // 65520 is halfway between the largest half and what would follow it.
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Subnormals count units of 2^-24; below half of one there is nothing.
  if (size <= 0x33000000) return sign;
  const shift = 126 - (size >>> 23);
  const mantissa = (size & 0x7fffff) | 0x800000;
  const whole = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (whole + (rest > half || (rest === half && whole % 2 === 1) ? 1 : 0));
}

/** The upper half of a float32, rounded. */
function bfloatOf(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

let halves: Float32Array | undefined;

/** The value of every half-precision number (IEEE 754 binary16), by its bits. */
function halfValues(): Float32Array {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const sign = bits >> 15 ? -1 : 1;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return halves;
}
