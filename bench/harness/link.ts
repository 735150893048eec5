// The figures of a run of npm run bench as a link that the bench screen of the page opens.
import { benchQuery, type Figure } from "../../src/app/state/benchLink.ts";
import { nameOfDevice } from "../../src/engine/device/device.ts";
import { version } from "../../src/engine/version.ts";
import type { MeasuredSuite, Row } from "./report.ts";

/** Where the figures are to be seen, behind the address of any page of this program. */
export function linkToFigures(suites: Readonly<Record<string, MeasuredSuite>>): string {
  const measured = Object.values(suites);
  const last = measured.at(-1)!;
  const rows = Object.entries(suites).flatMap(([group, { rows: own = [] }]) => own.map((row) => figureOf(group, row)));
  const query = benchQuery({
    rankscope: version,
    when: last.date,
    runtime: `Chromium ${last.versions.chromium}`,
    device: nameOfDevice(last.adapter),
    kind: last.adapter.kind,
    rows,
  });
  return `#/bench?${query}`;
}

function figureOf(group: string, row: Row): Figure {
  if ("value" in row) {
    const isShare = row.unit === "%";
    return { group, name: row.what, value: isShare ? 100 * row.value : row.value, unit: row.unit };
  }
  const named = { group, name: `${row.what} / ${row.base}`, unit: "×" };
  return row.verdict === "refused" ? { ...named, said: "refused: too noisy" } : { ...named, value: row.ratio };
}
