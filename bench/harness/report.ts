// Results as a table of ratios beside the targets, and as JSON that keeps everything that was measured.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { AdapterDescription } from "../../src/engine/device/device.ts";
import type { StepCost } from "./cost.ts";
import { apart, type Bounds, type Compared, type Judgement, judge, type Target } from "./statistics.ts";
import { type Cell, percent, short, table, times } from "./table.ts";

/** A row of the table: `what` against `base`, and what may be said of their ratio. */
export type JudgedRow = { readonly what: string; readonly base: string } & Compared & Bounds & Judgement;

/** A row that is counted, not timed: exact, so that there is nothing to refuse. */
export interface CountedRow {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly target: { readonly atMost: number };
  readonly verdict: "met" | "not met";
}

export type Row = JudgedRow | CountedRow;

/** What a suite found. */
export interface SuiteResult {
  readonly title: string;
  readonly note: string;
  readonly remarks?: readonly string[];
  readonly rows?: readonly Row[];
  readonly tables?: readonly SuiteTable[];
}

/** What was measured, in numbers. */
export interface SuiteTable {
  readonly caption: string;
  readonly head: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The same with when, where and how it was measured. */
export interface MeasuredSuite extends SuiteResult {
  /** ISO 8601. */
  readonly date: string;
  readonly adapter: Pick<AdapterDescription, "vendor" | "architecture" | "description" | "kind">;
  /** Load average of a minute, before and after. */
  readonly load: readonly [before: number, after: number];
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
}

export function judged(row: { readonly what: string; readonly base: string } & Compared & Bounds): JudgedRow {
  return { ...row, ...judge(row) };
}

export function counted({
  what,
  value,
  atMost,
  unit = "",
}: Pick<CountedRow, "what" | "value"> & { readonly atMost: number; readonly unit?: string }): CountedRow {
  return { what, value, unit, target: { atMost }, verdict: value <= atMost ? "met" : "not met" };
}

/** What a step of the engine's must not ask for. @param ms of a step. */
export function promises(
  what: string,
  { calls, hostMs }: { readonly calls: Pick<StepCost["calls"], "submits" | "buffers">; readonly hostMs: number },
  ms: number,
): CountedRow[] {
  return [
    counted({ what: `${what}: submits per step`, value: calls.submits, atMost: 1 }),
    counted({ what: `${what}: buffers created per step after warm-up`, value: calls.buffers, atMost: 0 }),
    counted({ what: `${what}: host time, share of a step`, value: hostMs / ms, atMost: 0.05, unit: "%" }),
  ];
}

const bar = (target: Target | undefined, format: (number: number) => string) => {
  if (!target) return "";
  return target.atLeast === undefined ? `≤ ${format(target.atMost)}` : `≥ ${format(target.atLeast)}`;
};

const whole = (number: number) => (Number.isInteger(number) ? `${number}` : short(number));

function cells(row: Row): readonly Cell[] {
  if ("value" in row) {
    const { what, value, unit, target, verdict } = row;
    const format = (number: number) => (unit === "%" ? percent(number) : `${whole(number)} ${unit}`.trim());
    return [what, "", format(value), "", "", bar(target, format), verdict];
  }
  const { what, base, target, within, wall, cpu } = row;
  const same = `${percent(apart(wall.again))}${cpu ? `, ${percent(apart(cpu.again))}` : ""}`;
  if (row.verdict === "refused")
    return [what, base, "refused", "", `${same} (says ${percent(within)})`, bar(target, times), "refused"];
  const shown = row.by === "cpu" ? `${times(row.ratio)} (processor time)` : times(row.ratio);
  return [what, base, shown, cpu ? times(cpu.ratio) : "–", same, bar(target, times), row.verdict];
}

export function rowsAsTable(rows: readonly Row[]): string {
  const head = ["what", "against", "ratio", "by processor time", "same thing twice (wall, processor)", "target", ""];
  return table(head, rows.map(cells));
}

/** A suite's part of the report. */
export function suiteAsText(suite: MeasuredSuite): string {
  const { title, note, remarks = [], rows = [], tables = [], date, adapter, load, rounds } = suite;
  const { vendor, architecture, description } = adapter;
  const device = [...new Set([vendor, architecture, description].filter(Boolean))].join(" ");
  const parts = [
    `## ${title}`,
    note,
    ...remarks,
    rows.length > 0 && rowsAsTable(rows),
    ...tables.map(({ caption, head, rows: lines }) => `${caption}\n\n${table(head, lines)}`),
    `${date.slice(0, 16).replace("T", " ")} UTC, ${device}, ${rounds} rounds, load average ${load.map((each) => each.toFixed(1)).join(" → ")}`,
  ];
  return parts.filter(Boolean).join("\n\n");
}

/** Keeps what a file has of other suites. */
export function save(file: string, suites: Readonly<Record<string, MeasuredSuite>>): void {
  const known: Record<string, MeasuredSuite> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const all = { ...known, ...suites };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(all, undefined, 1)}\n`);
  const text = Object.values(all).map(suiteAsText).join("\n\n");
  writeFileSync(file.replace(/\.json$/, ".md"), `# What npm run bench measured\n\n${text}\n`);
}
