import type { Column } from "./columns.ts";
import type { Reading } from "./reading.ts";
import type { DataRow, RawRows } from "./row.ts";

/** A published layout that names alone do not give away, and how it is read. */
export function publishedLayout(columns: readonly Column[], raw: RawRows): (Reading & { layout: string }) | undefined {
  const names = columns.map(({ name }) => name);
  const has = (...wanted: readonly string[]) => wanted.every((name) => names.includes(name));
  const at = (name: string) => names.indexOf(name) + 1;
  const plain = { dataContext: 0, dataSecond: 0, dataLabel: 0 };
  if (raw.hasExtras && columns.length >= 7)
    return { ...plain, layout: "STS benchmark", dataKind: "regression", dataText: 6, dataSecond: 7, dataLabel: 5 };
  if (has("genre", "sentence1", "sentence2", "score"))
    return {
      ...plain,
      layout: "STS-B of GLUE",
      dataKind: "regression",
      dataText: at("sentence1"),
      dataSecond: at("sentence2"),
      dataLabel: at("score"),
    };
  if (has("quality", "#1_string", "#2_string"))
    return {
      ...plain,
      layout: "MRPC",
      dataKind: "classification",
      dataText: at("#1_string"),
      dataSecond: at("#2_string"),
      dataLabel: at("quality"),
    };
  if (has("mr", "ref") && names.length === 2)
    return { ...plain, layout: "E2E", dataKind: "completion", dataText: at("mr"), dataSecond: at("ref") };
  if (has("sentence", "label") && names.length === 2 && isBinary(columns[at("label") - 1]!))
    return {
      ...plain,
      layout: "SST-2",
      dataKind: "classification",
      dataText: at("sentence"),
      dataLabel: at("label"),
    };
  if (names.some((name) => name !== "")) return undefined;
  if (columns.length === 4 && isCola(raw.rows))
    return { ...plain, layout: "CoLA", dataKind: "classification", dataText: 4, dataLabel: 2 };
  if (columns.length === 6 && isSentiment140(columns, raw.rows))
    return { ...plain, layout: "Sentiment140", dataKind: "classification", dataText: 6, dataLabel: 1 };
  return undefined;
}

function isBinary({ isWhole, distinct }: Column): boolean {
  return isWhole && distinct <= 2;
}

/** Source, label, what its author marked the sentence with, sentence. */
function isCola(rows: readonly DataRow[]): boolean {
  return rows.every(
    ({ cells: [, label = "", mark = ""] }) => /^[01]$/.test(label.trim()) && /^[*?#%!\s]{0,4}$/.test(mark),
  );
}

/** Polarity of 0, 2 or 4, number, date, query, user, text. */
function isSentiment140(columns: readonly Column[], rows: readonly DataRow[]): boolean {
  return (
    columns[1]!.isWhole &&
    rows.every(({ cells: [label = "", , date = ""] }) => /^[024]$/.test(label) && /\d{4}$/.test(date))
  );
}
