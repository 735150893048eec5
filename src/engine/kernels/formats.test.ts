import { describe, expect, test } from "vitest";
import { packed, unpacked } from "./formats.ts";

const formats = ["float16", "bfloat16"] as const;
const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

describe.each(formats)("%s", (format) => {
  const values = unpacked(all, format);

  test("every number survives the way there and back, bit for bit", () => {
    const again = packed(values, format);
    const changed = [...all].filter((bits) => again[bits] !== bits && !Number.isNaN(values[bits]!));
    expect(changed).toEqual([]);
    expect(unpacked(again, format)).toEqual(values);
  });

  test("what lies between two numbers goes to the nearer one, and to the even one from halfway", () => {
    const sorted = [...all].filter((bits) => bits < 0x8000 && Number.isFinite(values[bits]!));
    for (const bits of sorted.slice(0, -1)) {
      const [low, high] = [values[bits]!, values[bits + 1]!];
      const middle = (low + high) / 2;
      if (Math.fround(middle) !== middle) continue;
      const close = (high - low) / 64;
      const given = [middle - close, middle, middle + close, -middle];
      const even = bits % 2 === 0 ? bits : bits + 1;
      const expected = [bits, even, bits + 1, even | 0x8000];
      if (given.some((value) => Math.fround(value) !== value)) continue;
      expect([...packed(given, format)], `${low} to ${high}`).toEqual(expected);
    }
  });
});

test("what is too large becomes an infinity, and what is no number stays none", () => {
  const given = [65519, 65520, -1e38, Number.NaN];
  expect([...unpacked(packed(given, "float16"), "float16")]).toEqual([
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ]);
  expect([...unpacked(packed([3.4e38, Number.NaN], "bfloat16"), "bfloat16")]).toEqual([
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ]);
});
