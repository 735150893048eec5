import { describe, expect, test } from "vitest";
import { bucketFor, bucketLengths } from "./buckets.ts";
import { collate } from "./collate.ts";
import { accuracy, argmax, macroF1, pearson, perplexity, softmax, spearman } from "./metrics.ts";
import { batchIndices, drawSubset } from "./subset.ts";
import { tasks } from "./task.ts";

describe("few-shot subsets", () => {
  test("are drawn without replacement, by the seed, the smaller inside the larger", () => {
    const large = drawSubset(500, 64, 7);
    expect(new Set(large).size).toBe(64);
    expect(large.every((index) => index >= 0 && index < 500)).toBe(true);
    expect(drawSubset(500, 16, 7)).toEqual(large.slice(0, 16));
    expect(drawSubset(500, 64, 7)).toEqual(large);
    expect(drawSubset(500, 64, 8)).not.toEqual(large);
    expect(drawSubset(10, 64, 7).length).toBe(10);
    expect(drawSubset(10, "all", 7).toSorted((a, b) => a - b)).toEqual([...Array(10).keys()]);
  });

  test("come once an epoch, in an order of its own, and batches are full", () => {
    const taken = Array.from({ length: 20 }, (_, step) => batchIndices(10, 4, step, 3));
    expect(taken.every((batch) => batch.length === 4)).toBe(true);
    const flat = taken.flat();
    const epochs = Array.from({ length: 8 }, (_, epoch) => flat.slice(10 * epoch, 10 * (epoch + 1)));
    for (const epoch of epochs) expect(epoch.toSorted((a, b) => a - b)).toEqual([...Array(10).keys()]);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(batchIndices(10, 4, 13, 3)).toEqual(taken[13]);
  });
});

describe("metrics", () => {
  test("correlations, by hand", () => {
    // 10.75 / √(5 · 23.1875)
    expect(pearson([1, 2, 3, 4], [2, 4, 6, 8.5])).toBeCloseTo(0.998_381, 5);
    expect(pearson([1, 2, 3], [5, 5, 5])).toBe(0);
    expect(spearman([1, 2, 3, 4], [1, 4, 9, 16])).toBe(1);
    // Equal values share the rank 2.5.
    expect(spearman([1, 2, 2, 4], [1, 2, 3, 4])).toBeCloseTo(0.948_683, 5);
  });

  test("of classes", () => {
    expect(accuracy([0, 1, 2, 2], [0, 1, 1, 2])).toBe(0.75);
    // F1 of 1, 2/3 and 2/3, and a class that never occurs.
    expect(macroF1([0, 1, 2, 2], [0, 1, 1, 2], 4)).toBeCloseTo((1 + 2 / 3 + 2 / 3) / 4, 12);
    expect(argmax([1, 3, 3])).toBe(1);
    expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
    expect(perplexity(Math.log(32))).toBeCloseTo(32, 10);
  });
});

describe("batches", () => {
  test("are padded to at most three lengths that hold everything", () => {
    const lengths = [3, 4, 5, 9, 10, 12, 17, 18, 30, 61];
    const buckets = bucketLengths(lengths, 64);
    expect(buckets.length).toBeLessThanOrEqual(3);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    for (const length of lengths) expect(bucketFor(length, buckets)).toBeGreaterThanOrEqual(length);
    expect(bucketLengths([5], 6), "no longer than the limit").toEqual([6]);
  });

  test("hold first sentences before second ones, padding, segments, and weight 0 for what is missing", () => {
    const pair = (first: number[], second: number[], label: number) => ({
      rows: [
        { ids: first, segments: first.map(() => 0) },
        { ids: second, segments: second.map(() => 0) },
      ],
      labels: [label],
    });
    const batch = collate([pair([5, 6], [7], 3), pair([8], [9, 9], 1)], {
      length: 3,
      batchSize: 3,
      padId: 1,
      perToken: false,
    });
    expect([...batch.ids]).toEqual([5, 6, 1, 8, 1, 1, 5, 6, 1, 7, 1, 1, 9, 9, 1, 7, 1, 1]);
    expect([...batch.mask]).toEqual([1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0]);
    expect([...batch.labels]).toEqual([3, 1, 3]);
    expect([...batch.weights]).toEqual([1, 1, 0]);
  });
});

describe("data files", () => {
  test.each([
    ["a\tb\n", 'verse-sts/x.tsv, line 1: the columns are "a\tb"'],
    ["sentence1\tsentence2\tscore\none\ttwo\n", "verse-sts/x.tsv, line 2: 2 cells where 3 belong"],
    ["sentence1\tsentence2\tscore\r\none\ttwo\t5.1\r\n", 'line 2: "5.1" is no label'],
    ["sentence1\tsentence2\tscore\none\ttwo\t\n", 'line 2: "" is no label'],
  ])("%j is refused by line", (text, message) => {
    expect(() => tasks["verse-sts"].parse(text, "verse-sts/x.tsv")).toThrow(message);
  });

  test("are read whatever ends their lines", () => {
    const rows = tasks["verse-sts"].parse("sentence1\tsentence2\tscore\r\none\ttwo\t2.5\r\n", "x");
    expect(rows).toEqual([{ text: "one", second: "two", label: 2.5 }]);
  });
});
