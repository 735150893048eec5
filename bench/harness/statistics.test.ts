import { describe, expect, test } from "vitest";
import { apart, compare, geometricMean, judge, median, together } from "./statistics.ts";
import { compareAll, type Sample, takeTurns } from "./turns.ts";

test("the median is the middle, or the mean of the two middle ones", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test("a geometric mean of ratios and of their inverses cancel", () => {
  expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
  expect(geometricMean([3, 0.2]) * geometricMean([1 / 3, 5])).toBeCloseTo(1, 12);
});

test("a ratio and its inverse are equally far apart", () => {
  expect(apart(1.25)).toBeCloseTo(0.25, 12);
  expect(apart(0.8)).toBeCloseTo(0.25, 12);
  expect(apart(1)).toBe(0);
});

describe("comparing within rounds", () => {
  test("a machine that slows down for everybody changes nothing", () => {
    const rounds = [1, 5, 1, 20].map((slow) => ({ base: [10 * slow, 10 * slow] as const, other: 30 * slow }));
    expect(compare(rounds)).toEqual({ ratio: 3, again: 1, rounds: 4 });
  });

  test("rounds that were sat out count for the base alone", () => {
    const rounds = [
      { base: [10, 11], other: 42 },
      { base: [10, 11], other: undefined },
    ] as const;
    expect(compare(rounds)).toEqual({ ratio: 4, again: 1.1, rounds: 1 });
  });

  test("several comparisons stand together by their geometric mean", () => {
    const [a, b] = [
      { ratio: 2, again: 1.1, rounds: 5 },
      { ratio: 8, again: 1 / 1.1, rounds: 3 },
    ];
    const both = together([a, b]);
    expect(both.ratio).toBeCloseTo(4, 12);
    expect(both.again).toBeCloseTo(1, 12);
    expect(both.rounds).toBe(3);
  });
});

describe("judging", () => {
  const row = (ratio: number, again: number) => ({ ratio, again, rounds: 5 });

  test("a row is refused where two runs of the same thing differ by more than it says", () => {
    expect(judge({ wall: row(3, 1.2), within: 0.1, target: { atLeast: 2 } })).toEqual({
      by: "nothing",
      verdict: "refused",
    });
    expect(judge({ wall: row(3, 0.8), cpu: row(3, 1.3), within: 0.1 }).verdict).toBe("refused");
  });

  test("processor time speaks where the clock was disturbed, and only there", () => {
    const target = { atLeast: 2 };
    expect(judge({ wall: row(1, 1.5), cpu: row(3, 1.01), within: 0.1, target })).toMatchObject({
      by: "cpu",
      ratio: 3,
      verdict: "met",
    });
    expect(judge({ wall: row(1, 1.01), cpu: row(3, 1), within: 0.1, target })).toMatchObject({
      by: "wall",
      ratio: 1,
      verdict: "not met",
    });
  });

  test("targets are met on their own side", () => {
    expect(judge({ wall: row(2.5, 1.01), within: 0.1, target: { atLeast: 2 } }).verdict).toBe("met");
    expect(judge({ wall: row(1.5, 1.01), within: 0.1, target: { atLeast: 2 } }).verdict).toBe("not met");
    expect(judge({ wall: row(1.01, 1), within: 0.1, target: { atMost: 1.05 } }).verdict).toBe("met");
    expect(judge({ wall: row(1.2, 1), within: 0.1, target: { atMost: 1.05 } }).verdict).toBe("not met");
    expect(judge({ wall: row(2, 1.05), within: 0.1, target: { atLeast: 2 } }).verdict).toBe("met");
  });

  test("nothing is decided where the bar is nearer than two runs of the same thing are", () => {
    expect(judge({ wall: row(2.05, 1.04), within: 0.1, target: { atLeast: 2 } }).verdict).toBe("too close");
    expect(judge({ wall: row(1.03, 1.04), within: 0.1, target: { atMost: 1.05 } }).verdict).toBe("too close");
  });
});

test("everybody takes turns, the base twice, and long samples are few", async () => {
  const order: string[] = [];
  const contestant = (name: string, ms: number) => ({
    name,
    sample: async () => {
      order.push(name);
      return { ms, units: 2 };
    },
  });
  const timed = async (run: () => Promise<Sample>) => {
    const value = await run();
    return { value, cpuMs: 4 * value.ms, wallMs: 2 * value.ms };
  };
  const turns = await takeTurns([contestant("ours", 10), contestant("quick", 30), contestant("slow", 9000)], 5, timed);
  expect(order.slice(0, 8)).toEqual(["ours", "quick", "slow", "ours", "quick", "slow", "ours", "ours"]);
  expect(order.filter((name) => name === "ours").length).toBe(10);
  expect(order.filter((name) => name === "slow").length).toBe(3);
  const [quick, slow] = compareAll(turns);
  expect(quick).toEqual({ wall: { ratio: 3, again: 1, rounds: 5 }, cpu: { ratio: 3, again: 1, rounds: 5 } });
  expect(slow!.wall).toEqual({ ratio: 900, again: 1, rounds: 3 });
});
