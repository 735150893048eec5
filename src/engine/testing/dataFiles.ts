import { type DataDescription, inspectData } from "../data/inspectData.ts";
import { defaultConfig } from "../settings/config.ts";
import { type ChosenRows, chooseColumns } from "../tasks/custom/examples.ts";
import type { DataSettings } from "../tasks/custom/settings.ts";
import { readTable } from "../tasks/custom/table.ts";

/** Ten sentences of our own for the rows of data files, with what may go wrong in cells: quotes, commas, other scripts. */
export const sentences: readonly string[] = [
  "The harbour was quiet before the rain came in.",
  "A baker on our street sells bread at dawn, and nothing else.",
  'My neighbour said "never again" and bought a second boat.',
  "Nobody at the table had read the letter.",
  "Für den Garten brauchte sie drei Säcke Erde.",
  "The old clock stops whenever the tram goes by.",
  "Two children carried a ladder, a bucket and a map.",
  "It's the third time this week that the bridge is shut.",
  "She plays the cello badly but with great joy!",
  "Where did the grey cat sleep last night?",
];

/** Sentences of our own that go with those, one each. */
export const followers: readonly string[] = [
  "Rain fell on the harbour in the end.",
  "The bread of that baker is sold early in the day.",
  "He now has two boats, whatever he says.",
  "The letter had been read aloud to everybody.",
  "She wanted soil for her garden.",
  "Trams do no harm to a clock.",
  "A map was carried by two children.",
  "This bridge has been open all month.",
  "Playing the cello makes her happy.",
  "The grey cat slept in the cellar.",
];

/** A file as it is looked at when nobody has chosen anything. */
export function lookedAt(name: string, content: string): Promise<DataDescription> {
  return inspectData(
    { name, content: new TextEncoder().encode(content) },
    { asked: {}, config: defaultConfig, model: undefined, report: () => {} },
  );
}

/** The rows that a run would learn from. */
export async function learntFrom(name: string, content: string, settings: DataSettings): Promise<ChosenRows> {
  return chooseColumns(await readTable(new TextEncoder().encode(content), name, settings), settings, name);
}

type Cell = string | number | undefined;

/** Rows as CSV: quoted where they must be, or all of them. */
export function csvOf(
  rows: readonly (readonly Cell[])[],
  separator = ",",
  quotes: "minimal" | "all" = "minimal",
): string {
  const needed = new RegExp(`["\\n\\r${separator === "|" ? "\\|" : separator}]`);
  const written = (cell: Cell = "") => {
    const text = String(cell);
    return quotes === "all" || needed.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(written).join(separator)}\n`).join("");
}

/** Rows with tabs between their cells, and quotes as they are. */
export function tsvOf(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.join("\t")}\n`).join("");
}

export function jsonlOf(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
