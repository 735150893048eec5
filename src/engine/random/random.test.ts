import { describe, expect, test } from "vitest";
import { philox4x32 } from "./philox.ts";
import { philoxVectors } from "./philoxVectors.ts";
import { RandomStream } from "./stream.ts";

test.each(philoxVectors)("Philox gives Random123's known answer %#", ({ counter, key, expected }) => {
  expect(philox4x32(counter, key)).toEqual([...expected]);
});

describe("a stream", () => {
  test("repeats itself and differs from its neighbours", () => {
    const draw = (seed: number, stream: number) => [...new RandomStream(seed, stream).normals(5)];
    expect(draw(7, 1)).toEqual(draw(7, 1));
    expect(draw(7, 1)).not.toEqual(draw(7, 2));
    expect(draw(7, 1)).not.toEqual(draw(8, 1));
    const words = (part?: number) => {
      const stream = new RandomStream(7, 1, part);
      return Array.from({ length: 1000 }, () => stream.word());
    };
    expect(words()).toEqual(words(0));
    expect(new Set([...words(0), ...words(1), ...words(2)]).size).toBe(3000);
  });

  test("has the moments it should", () => {
    const count = 40_000;
    const stream = new RandomStream(1, 0);
    const uniforms = Array.from({ length: count }, () => stream.uniform());
    const normals = stream.normals(count);
    const mean = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0) / count;
    // Five standard errors of each mean.
    expect(Math.abs(mean(uniforms) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(mean(normals))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(mean([...normals].map((x) => x * x)) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.min(...uniforms)).toBeGreaterThan(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
  });

  test("permutes without loss and draws below a bound", () => {
    const stream = new RandomStream(3, 4);
    expect(stream.permutation(50).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    const counts = new Array<number>(3).fill(0);
    for (let draw = 0; draw < 3000; draw++) counts[stream.below(3)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(3000 * (2 / 9)));
  });
});
