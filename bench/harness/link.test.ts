import { expect, test } from "vitest";
import { readBenchQuery } from "../../src/app/state/benchLink.ts";
import { linkToFigures } from "./link.ts";
import { counted, type JudgedRow, type MeasuredSuite } from "./report.ts";

test("ratios and counts are in the link, and a refused row says so", () => {
  const row = { what: "step", base: "peer", ratio: 0.5, verdict: "met" } as JudgedRow;
  const suite: MeasuredSuite = {
    title: "Steps",
    note: "",
    date: "2001-02-03T04:05:06.000Z",
    adapter: { vendor: "somebody", architecture: "one", description: "", kind: "hardware" },
    load: [0, 0],
    versions: { chromium: "1" },
    rounds: 1,
    rows: [
      row,
      { ...row, what: "other", verdict: "refused" } as JudgedRow,
      counted({ what: "submits", value: 1, atMost: 1 }),
      counted({ what: "host time", value: 0.03, atMost: 0.05, unit: "%" }),
    ],
  };
  const link = linkToFigures({ step: suite });
  expect(link).toMatch(/^#\/bench\?v=1&/);
  expect(readBenchQuery(link.slice("#/bench?".length))).toMatchObject({
    device: "somebody one",
    kind: "hardware",
    runtime: "Chromium 1",
    rows: [
      { group: "step", name: "step / peer", value: 0.5, unit: "×" },
      { group: "step", name: "other / peer", unit: "×", said: "refused: too noisy" },
      { group: "step", name: "submits", value: 1, unit: "" },
      { group: "step", name: "host time", value: 3, unit: "%" },
    ],
  });
});
