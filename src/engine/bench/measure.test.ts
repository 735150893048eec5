import { describe, expect, test } from "vitest";
import { judged, measure } from "./measure.ts";

/** Something that takes so long each time that it is asked, without waiting for it. */
function taking(...ms: number[]) {
  const asked: number[] = [];
  return {
    asked,
    time: async (runs: number) => {
      asked.push(runs);
      return ms[Math.min(asked.length, ms.length) - 1]!;
    },
  };
}

describe("measuring a row", () => {
  test("short things are run many times to a sample, and the first runs do not count", async () => {
    const { time, asked } = taking(900, 2);
    expect(await measure(time, false)).toEqual({ verdict: "measured", ms: 2, spread: 0 });
    expect(asked).toEqual([1, 1, 50, 50, 50, 50, 50, 50]);
  });

  test("what would take too long is skipped, with how long, unless everything is wanted", async () => {
    expect(await measure(taking(4000).time, false)).toEqual({ verdict: "skipped", why: "would take about 24 s more" });
    expect(await measure(taking(4000).time, true)).toMatchObject({ verdict: "measured", ms: 4000 });
  });

  test("samples whose halves differ are too noisy", () => {
    expect(judged([10, 13, 10, 13, 10, 13])).toMatchObject({ verdict: "too noisy", ms: 11.5 });
    expect(judged([10, 11, 10, 11, 10, 50])).toMatchObject({ verdict: "measured", ms: 10.5 });
  });

  test("it ends when it is given up", async () => {
    const abort = new AbortController();
    const time = async () => {
      abort.abort();
      return 1;
    };
    await expect(measure(time, false, abort.signal)).rejects.toThrow(/abort/i);
  });
});
