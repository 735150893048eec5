import { describe, expect, test } from "vitest";
import { SegmentWriter } from "./folder.ts";
import { SEGMENT_BYTES, segmentName, segmentsOf } from "./segments.ts";

const hex = "ab".repeat(32);
const entry = (from: number, size: number) => ({ name: segmentName(hex, from), size });

describe("where a download goes on", () => {
  test.each<[string, { name: string; size: number }[], number]>([
    ["nothing is stored", [], 0],
    ["one segment is", [entry(0, 10)], 10],
    ["several are, in any order", [entry(10, 5), entry(0, 10), entry(15, 1)], 16],
    ["one is missing between", [entry(0, 10), entry(20, 5)], 10],
    ["the first is missing", [entry(10, 5)], 0],
    ["one is empty", [entry(0, 10), entry(10, 0)], 10],
    ["others are of another file", [entry(0, 10), { name: segmentName("cd".repeat(32), 10), size: 5 }], 10],
    [
      "there are left-overs",
      [entry(0, 10), { name: `${hex}.10.crswap`, size: 5 }, { name: `${hex}.010`, size: 5 }],
      10,
    ],
    ["there is a manifest", [{ name: "manifest.json", size: 5 }], 0],
  ])("when %s", (_when, entries, bytes) => {
    const found = segmentsOf(hex, entries);
    expect(found.bytes).toBe(bytes);
    expect(found.segments.reduce((sum, { size }) => sum + size, 0)).toBe(bytes);
  });
});

test("what arrives is stored in segments that follow each other, and nothing is lost between them", async () => {
  const stored: { name: string; size: number }[] = [];
  const writer = new SegmentWriter(async (from, chunks) => {
    stored.push(
      entry(
        from,
        chunks.reduce((sum, { length }) => sum + length, 0),
      ),
    );
  }, 0);
  const sizes = [1, SEGMENT_BYTES - 2, 1, 65_536, SEGMENT_BYTES, 7];
  for (const size of sizes) await writer.add(new Uint8Array(size));
  await writer.flush();
  await writer.flush();
  const total = sizes.reduce((sum, size) => sum + size);
  expect(stored).toHaveLength(3);
  expect(segmentsOf(hex, stored).bytes).toBe(total);
});
