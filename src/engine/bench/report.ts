import type { AdapterDescription } from "../device/device.ts";
import { type KernelShare, type Profile, speedsOf } from "./profile.ts";
import type { BenchRow } from "./rows.ts";

/** What was measured where. */
export interface BenchReport {
  readonly rankscope: string;
  /** ISO 8601. */
  readonly when: string;
  /** The browser's or Node's name and version. */
  readonly runtime: string;
  readonly adapter: AdapterDescription;
  readonly rows: readonly BenchRow[];
}

/** Three digits. */
export function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Billions of operations a second, where they are what counts. */
export function gflopsOf(row: BenchRow): number | undefined {
  return "ms" in row && row.flop !== undefined ? row.flop / row.ms / 1e6 : undefined;
}

/** A row in words: time, how far halves of the samples lie apart, and speed; or why there is none. */
export function cellsOf(row: BenchRow): readonly [ms: string, spread: string, gflops: string, said: string] {
  if (!("ms" in row)) return ["–", "–", "–", row.verdict === "failed" ? `failed: ${row.why}` : `skipped: ${row.why}`];
  const gflops = gflopsOf(row);
  const said = row.verdict === "too noisy" ? "too noisy to report" : "";
  if (said) return ["–", `${(100 * row.spread).toFixed(1)} %`, "–", said];
  return [threeDigits(row.ms), `${(100 * row.spread).toFixed(1)} %`, gflops ? threeDigits(gflops) : "–", said];
}

/** The report as Markdown, to be pasted anywhere. */
export function benchMarkdown({ rankscope, when, runtime, adapter, rows }: BenchReport): string {
  const { vendor, architecture, description, kind, subgroups, shaderF16, maxBufferSize, maxStorageBufferBindingSize } =
    adapter;
  const table = [
    ["", "what", "ms", "halves differ by", "GFLOP/s", ""],
    ["---", "---", "---", "---", "---", "---"],
    ...rows.map((row) => [row.group, row.name, ...cellsOf(row)]),
  ];
  return [
    `# Rankscope ${rankscope} on ${[vendor, architecture, description].filter(Boolean).join(" ")}`,
    "",
    `${when}, ${runtime}. ${kind}, ${subgroups ? "with" : "without"} subgroups, ${shaderF16 ? "with" : "without"} shader-f16; buffers up to ${maxBufferSize} bytes, bound up to ${maxStorageBufferBindingSize}.`,
    "",
    ...table.map((cells) => `| ${cells.join(" | ")} |`),
    "",
  ].join("\n");
}

/** Share of the step, and how near to the ceilings: what stands in a line of a profile. */
export function profileCells(share: KernelShare, { shares, ceilings }: Profile): readonly string[] {
  const all = shares.reduce((sum, { ms }) => sum + ms, 0);
  const { gflops, gbps } = speedsOf(share);
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  return [
    share.kernel,
    share.shape,
    `${share.dispatches}`,
    threeDigits(share.ms),
    percent(share.ms / all),
    share.flop > 0 ? `${threeDigits(gflops)} (${percent(gflops / ceilings.gflops)})` : "–",
    `${threeDigits(gbps)} (${percent(gbps / ceilings.gbps)})`,
  ];
}

/** Heads of the columns of `profileCells`. */
export const profileHead = [
  "kernel",
  "shape",
  "dispatches",
  "ms",
  "of the step",
  "GFLOP/s (of the ceiling)",
  "GB/s (of the ceiling)",
] as const;
