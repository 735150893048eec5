import type { Failure } from "../engine/run/events.ts";

export { megabytes } from "../worker/bytes.ts";

const number = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export const whole = (value: number) => number.format(Math.round(value));
export const short = (value: number) => compact.format(value);

/** "1 matrix", "24 matrices". */
export const counted = (count: number, one: string, many: string) => `${whole(count)} ${count === 1 ? one : many}`;

/** What is wrong, as a sentence of its own; models and files are called as they are written. */
export function sentence(problem: string): string {
  const [first = ""] = /^[a-z]+(?=[\s,])/.exec(problem) ?? [];
  const opened = first.slice(0, 1).toUpperCase() + problem.slice(first === "" ? 0 : 1);
  return /[.!?]$/.test(opened) ? opened : `${opened}.`;
}

/** What went wrong, and what can be done about it. */
export function failureInWords({ message, hint }: Pick<Failure, "message" | "hint">): string {
  return [sentence(message), hint].filter(Boolean).join(" ");
}

/** Losses and metrics. */
export const decimal = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(3));

/** Singular values and rates: three significant digits, small ones as powers. */
export function significant(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

/** A singular value: two significant digits, as a decimal where that is short. */
export function strength(value: number): string {
  if (value === 0) return "0";
  const digits = value.toPrecision(value >= 0.1 ? 3 : 2);
  return value >= 1e-5 && value < 1e4
    ? String(Number(digits)).replace(/^(\d)e-5$/, "0.0000$1")
    : value.toExponential(1);
}

/** 10⁻³ and so on, for axes. */
export function power(exponent: number): string {
  return `10${String(exponent).replace(/[-\d]/g, (digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]!))}`;
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** How a number changed: "Pearson rose from 0.792 to 0.806". */
export function changeInWords(label: string, before: number, now: number): string {
  const [from, to] = [decimal(before), decimal(now)];
  if (from === to) return `${label} stayed at ${to}`;
  return `${label} ${now > before ? "rose" : "fell"} from ${from} to ${to}`;
}
