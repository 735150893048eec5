import type { MetricsLine } from "../run/metricsLog.ts";

/** Lines of metrics as JSON Lines. */
export function metricsJsonl(lines: readonly MetricsLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Numbers of the metrics as CSV, one row a step; lists such as spectra are in the JSON Lines alone. */
export function metricsCsv(lines: readonly MetricsLine[]): string {
  const rows = new Map<number, Map<string, number>>();
  const names = new Set<string>(["_step"]);
  for (const line of lines) {
    const step = line._step as number;
    const row = rows.get(step) ?? new Map<string, number>();
    for (const [name, value] of Object.entries(line)) {
      if (typeof value !== "number") continue;
      names.add(name);
      row.set(name, value);
    }
    rows.set(step, row);
  }
  const header = [...names];
  const ordered = [...rows].sort(([a], [b]) => a - b);
  return [header, ...ordered.map(([, row]) => header.map((name) => row.get(name) ?? ""))]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("");
}
