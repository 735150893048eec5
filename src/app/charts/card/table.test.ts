import { expect, test } from "vitest";
import { csvOf, thinned } from "./table.ts";

test("cells with commas, quotes and breaks are quoted", () => {
  const table = {
    head: ["a", "b"],
    rows: [
      ["1", 'x, "y"'],
      ["2", "two\nlines"],
    ],
  };
  expect(csvOf(table)).toBe('a,b\r\n1,"x, ""y"""\r\n2,"two\nlines"\r\n');
});

test("a long table is thinned to its ends and what lies evenly between", () => {
  const rows = Array.from({ length: 101 }, (_, at) => [String(at)]);
  expect(thinned({ head: ["step"], rows }, 5).rows.flat()).toEqual(["0", "25", "50", "75", "100"]);
  expect(thinned({ head: ["step"], rows }, 200).rows.length).toBe(101);
});
