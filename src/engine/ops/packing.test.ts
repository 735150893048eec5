import fc from "fast-check";
import { expect, test } from "vitest";
import { ALIGNMENT } from "../device/device.ts";
import { type Need, packed } from "./packing.ts";
import { Storage } from "./tensor.ts";

/** Transients with the dispatches that touch them, and which of them are to lie together. */
const anyTransients = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 5000 }),
    touches: fc.uniqueArray(fc.tuple(fc.nat({ max: 20 }), fc.boolean()), { minLength: 1, selector: ([at]) => at }),
    group: fc.option(fc.nat({ max: 2 })),
  }),
  { maxLength: 40 },
);

test("no transient lies in another, in what a dispatch reads while it writes it, or past the end", () => {
  fc.assert(
    fc.property(anyTransients, fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 4 }), (transients, given) => {
      const needs = new Map<Storage, Need>();
      const together = new Map<Storage, Storage>();
      const firsts = new Map<number, Storage>();
      for (const { length, touches, group } of transients) {
        const storage = new Storage("transient", length);
        const places = touches.map(([at]) => at);
        needs.set(storage, { from: Math.min(...places), to: Math.max(...places), touches: new Map(touches) });
        if (group === null) continue;
        if (!firsts.has(group)) firsts.set(group, storage);
        together.set(storage, firsts.get(group)!);
      }
      const { slots, lengths } = packed(
        needs,
        together,
        given.map((blocks) => blocks * ALIGNMENT),
      );
      expect(slots.size).toBe(needs.size);
      expect(lengths.slice(0, given.length)).toEqual(given.map((blocks) => blocks * ALIGNMENT));
      const all = [...slots].map(([storage, slot]) => ({ storage, ...slot, ...needs.get(storage)! }));
      for (const [index, a] of all.entries()) {
        expect(a.offset % ALIGNMENT).toBe(0);
        expect(a.offset + a.storage.length).toBeLessThanOrEqual(lengths[a.block]!);
        for (const b of all.slice(index + 1)) {
          const areTogether = together.has(a.storage) && together.get(a.storage) === together.get(b.storage);
          if (areTogether) expect(a.block).toBe(b.block);
          if (a.block !== b.block || a.to < b.from || b.to < a.from) continue;
          const areApart = a.offset + a.storage.length <= b.offset || b.offset + b.storage.length <= a.offset;
          expect(areApart).toBe(true);
          const clash = [...a.touches].some(([at, isWritten]) => b.touches.has(at) && (isWritten || b.touches.get(at)));
          expect(clash && !areTogether).toBe(false);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("what is needed one after the other shares its memory", () => {
  const storages = [4000, 3000, 2000, 1000, 500].map((length) => new Storage("transient", length));
  const needs = new Map(
    storages.map((storage, at) => [storage, { from: 2 * at, to: 2 * at + 1, touches: new Map([[2 * at, true]]) }]),
  );
  expect(packed(needs, new Map(), []).lengths).toEqual([4032]);
});
