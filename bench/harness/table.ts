/** What stands in a table. */
export type Cell = string | number;

/** A table in Markdown. */
export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Three digits, as many as there are to say. */
export function short(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

export const times = (ratio: number): string => `${ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(2)}×`;

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
