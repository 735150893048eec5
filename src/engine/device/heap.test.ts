import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "./heap.ts";

interface Block {
  readonly at: number;
  readonly bytes: number;
}

/** Sizes to allocate, and, between them, which of the blocks that are left to free. */
const histories = fc.array(
  fc.oneof(
    fc.record({ bytes: fc.oneof(fc.nat(2000), fc.nat(100_000)) }),
    fc.record({ freed: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) }),
  ),
  { maxLength: 200 },
);

const reaches = (at: number, bytes: number) => at + Math.max(1, bytes);

test("blocks are aligned and overlap nothing that is in use, and the memory reaches them", () => {
  fc.assert(
    fc.property(fc.nat(1000), histories, (start, history) => {
      let reached = 0;
      const heap = new Heap(start, (end) => {
        reached = Math.max(reached, end);
      });
      const used: Block[] = [];
      for (const entry of history) {
        if ("freed" in entry) {
          const [block] = used.splice(Math.floor(entry.freed * used.length), 1);
          if (block) heap.free(block.at, block.bytes);
          continue;
        }
        const { bytes } = entry;
        const at = heap.allocate(bytes);
        expect(at % 256).toBe(0);
        expect(at).toBeGreaterThanOrEqual(start);
        expect(reaches(at, bytes)).toBeLessThanOrEqual(reached);
        for (const other of used) {
          expect(reaches(at, bytes) <= other.at || reaches(other.at, other.bytes) <= at).toBe(true);
        }
        used.push({ at, bytes });
      }
    }),
  );
});

test("what is freed, in whatever order, is one stretch again and is handed out before the memory grows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(5000), { minLength: 1, maxLength: 50 }).chain((sizes) =>
        fc.record({
          sizes: fc.constant(sizes),
          order: fc.shuffledSubarray([...sizes.keys()], { minLength: sizes.length }),
        }),
      ),
      ({ sizes, order }) => {
        const heap = new Heap(0, () => {});
        const blocks = sizes.map((bytes) => ({ at: heap.allocate(bytes), bytes }));
        const { end } = heap;
        for (const index of order) heap.free(blocks[index]!.at, blocks[index]!.bytes);
        expect(heap.allocate(end)).toBe(0);
        expect(heap.end).toBe(end);
        heap.free(0, end);
        expect(heap.allocate(end + 1), "a last gap that is too short is lengthened").toBe(0);
      },
    ),
  );
});

test("what the memory cannot reach changes nothing", () => {
  const heap = new Heap(0, (end) => {
    if (end > 1024) throw new RangeError("no more");
  });
  const first = heap.allocate(512);
  expect(() => heap.allocate(1024)).toThrow(RangeError);
  expect(heap.end).toBe(512);
  expect(heap.allocate(512)).toBe(512);
  heap.free(first, 512);
  expect(() => heap.allocate(600)).toThrow(RangeError);
  expect(heap.allocate(512)).toBe(first);
});
