/** The numbers of a chart: all of them, a row a step or a layer. */
export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const quoted = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** As RFC 4180 has it. */
export function csvOf({ head, rows }: ChartTable): string {
  return `${[head, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
}

/** Evenly chosen rows of a long table, the first and the last among them. */
export function thinned({ head, rows }: ChartTable, most: number): ChartTable {
  if (rows.length <= most) return { head, rows };
  const chosen = Array.from({ length: most }, (_, at) => rows[Math.round((at * (rows.length - 1)) / (most - 1))]!);
  return { head, rows: chosen };
}
