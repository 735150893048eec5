// Results as a table of ratios beside the targets, and as JSON that keeps everything that was measured.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { apart, judge } from "./statistics.mjs";
import { percent, short, table, times } from "./table.mjs";

/**
 * A row of the table.
 *
 * @param row `what` against `base`; `wall` and `cpu` from `compare`; `within`, `target` as for `judge`; `ms` { base, other }.
 */
export function judged(row) {
  return { ...row, ...judge(row) };
}

/** A row that is counted, not timed: exact, so that there is nothing to refuse. */
export function counted({ what, value, atMost, unit = "" }) {
  return { what, value, unit, target: { atMost }, verdict: value <= atMost ? "met" : "not met" };
}

/** What a step of the engine's must not ask for. @param cost of `costOfStep`. @param ms of a step. */
export function promises(what, { calls, hostMs }, ms) {
  return [
    counted({ what: `${what}: submits per step`, value: calls.submits, atMost: 1 }),
    counted({ what: `${what}: buffers created per step after warm-up`, value: calls.buffers, atMost: 0 }),
    counted({ what: `${what}: host time, share of a step`, value: hostMs / ms, atMost: 0.05, unit: "%" }),
  ];
}

const bar = (target, format) => {
  if (!target) return "";
  return target.atLeast === undefined ? `≤ ${format(target.atMost)}` : `≥ ${format(target.atLeast)}`;
};

const whole = (number) => (Number.isInteger(number) ? `${number}` : short(number));

function cells(row) {
  const { what, base = "", target, within, wall, cpu, by, ratio, verdict, value, unit } = row;
  if (value !== undefined) {
    const format = (number) => (unit === "%" ? percent(number) : `${whole(number)} ${unit}`.trim());
    return [what, base, format(value), "", "", bar(target, format), verdict];
  }
  const same = wall && `${percent(apart(wall.again))}${cpu ? `, ${percent(apart(cpu.again))}` : ""}`;
  if (verdict === "refused")
    return [what, base, "refused", "", `${same} (says ${percent(within)})`, bar(target, times), "refused"];
  const shown = by === "cpu" ? `${times(ratio)} (processor time)` : times(ratio);
  return [what, base, shown, cpu ? times(cpu.ratio) : "–", same, bar(target, times), verdict];
}

export function rowsAsTable(rows) {
  const head = ["what", "against", "ratio", "by processor time", "same thing twice (wall, processor)", "target", ""];
  return table(head, rows.map(cells));
}

/** A suite's part of the report. */
export function suiteAsText({ title, note, remarks = [], rows = [], tables = [], date, adapter, load, rounds }) {
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

/** Keeps what a file has of other suites. @returns all of it. */
export function save(file, suites) {
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const all = { ...known, ...suites };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(all, undefined, 1)}\n`);
  const text = Object.values(all).map(suiteAsText).join("\n\n");
  writeFileSync(file.replace(/\.json$/, ".md"), `# What npm run bench measured\n\n${text}\n`);
  return all;
}
