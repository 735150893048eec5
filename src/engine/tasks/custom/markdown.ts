import { type DataRow, linesOf, type RawRows } from "./row.ts";

/** A line of dashes, as below the names of a table. */
const RULE = /^\s*[|+]?\s*:?-{2,}:?\s*([|+]\s*:?-{2,}:?\s*)*[|+]?\s*$/;

/** Whether a text is a table as Markdown has it, or as databases print it: bars between cells, dashes around the names. */
export function isMarkdown(text: string): boolean {
  const [first = "", second = "", third = ""] = text
    .slice(0, 2 ** 14)
    .trimStart()
    .split("\n", 3);
  const isRule = (line: string) => /[|+]/.test(line) && RULE.test(line);
  return (first.includes("|") && isRule(second)) || (isRule(first) && second.includes("|") && isRule(third));
}

/** Rows of such a table; blanks around cells are the table's. */
export function markdown(text: string): RawRows {
  const rows: DataRow[] = [];
  for (const { line, content } of linesOf(text)) {
    const isRule = (rows.length < 2 && RULE.test(content)) || /^\s*\+(-+\+)+\s*$/.test(content);
    if (isRule) continue;
    const inner = content.trim().replace(/^\||(?<!\\)\|$/g, "");
    rows.push({ line, cells: inner.split(/(?<!\\)\|/).map((cell) => cell.replaceAll("\\|", "|").trim()) });
  }
  return { rows, bad: [] };
}
