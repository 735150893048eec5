import type { JsonObject } from "../../checkpoint/strictJson.ts";

/** A row as it lies in the file. A cell is missing where a JSON object has no such key, or no text or number under it. */
export interface DataRow {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly (string | undefined)[];
}

/** A row that cannot be used, and why. */
export interface BadRow {
  readonly line: number;
  readonly problem: string;
  /** Its cells, where it could be cut into any. */
  readonly cells?: DataRow["cells"];
}

/** All rows of a file, the one with the names of columns still among them. */
export interface RawRows {
  readonly rows: readonly DataRow[];
  readonly bad: readonly BadRow[];
  /** Names of columns, where rows carry them. */
  readonly keys?: readonly string[];
  /** Whether rows may have more cells than the others. */
  readonly hasExtras?: boolean;
  /** Whether keys are names that the file has, rather than numbers of columns. */
  readonly isNamed?: boolean;
  /** Columns with the prompts and the completions of conversations. */
  readonly exchange?: readonly [prompt: string, completion: string];
  /** What was passed over, put together or left out, in sentences. */
  readonly notes?: readonly string[];
}

/** An object of a JSON file, and the line on which it begins. */
export interface PlacedObject {
  readonly line: number;
  readonly entries: JsonObject;
}

/** Lines with something on them. */
export function linesOf(text: string): { line: number; content: string }[] {
  const lines: { line: number; content: string }[] = [];
  text.split("\n").forEach((content, index) => {
    if (content.trim() !== "") lines.push({ line: index + 1, content });
  });
  return lines;
}
