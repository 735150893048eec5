import fc from "fast-check";
import { expect, test } from "vitest";
import { ridgeArea, ridgePlaces, ridgePoints } from "./ridgeShape.ts";

const sizes = fc.record({
  layers: fc.integer({ min: 1, max: 80 }),
  count: fc.integer({ min: 1, max: 64 }),
  // Letters of the labels, and of the whole width.
  label: fc.integer({ min: 3, max: 9 }),
  letters: fc.integer({ min: 20, max: 160 }),
  em: fc.integer({ min: 9, max: 32 }),
});
const placesOf = ({ layers, count, label, letters, em }: typeof sizes extends fc.Arbitrary<infer T> ? T : never) =>
  ridgePlaces(layers, count, letters * em, label * em, em);
const spectrum = fc.array(fc.oneof(fc.double({ min: 0, max: 1e9 }), fc.constant(Number.NaN), fc.constant(0)), {
  minLength: 1,
  maxLength: 64,
});

test("no ridge crosses the foot of another layer's, whatever its values and their order", () =>
  fc.assert(
    fc.property(sizes, spectrum, (size, values) => {
      const places = placesOf({ ...size, count: Math.max(size.count, values.length) });
      const { layers, label, letters, em } = size;
      for (const layer of [0, layers >> 1, layers - 1]) {
        for (const [x, y] of ridgePoints(values, layer, places)) {
          expect(y).toBeLessThanOrEqual(places.foot(layer));
          expect(y).toBeGreaterThan(places.foot(layer - 1));
          expect(x).toBeGreaterThan(label * em);
          expect(x).toBeLessThan((letters - 5) * em);
        }
      }
    }),
  ));

test("letters stand beside their own ridge, between its foot and its peak", () =>
  fc.assert(
    fc.property(sizes, (size) => {
      const places = placesOf(size);
      const { layers, em } = size;
      for (let layer = 0; layer < layers; layer++) {
        const middle = places.letters(layer) - 0.36 * em;
        expect(middle).toBeLessThan(places.foot(layer));
        expect(middle).toBeGreaterThan(places.foot(layer) - places.peak);
        // Their whole height stays within the row.
        expect(em).toBeLessThan(places.line);
      }
      expect(places.foot(layers - 1)).toBeLessThan(places.height);
    }),
  ));

test("a ridge is filled down to its foot, from its first value to its last", () => {
  const places = ridgePlaces(2, 2, 640, 40, 13);
  const [x0, x1] = [places.x(0).toFixed(1), places.x(1).toFixed(1)];
  const foot = places.foot(1);
  expect(ridgeArea(ridgePoints([2, 1], 1, places), foot)).toBe(
    `M${x0} ${(foot - places.peak).toFixed(1)}L${x1} ${(foot - places.peak / 2).toFixed(1)}L${x1} ${foot}L${x0} ${foot}Z`,
  );
});
