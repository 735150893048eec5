import { type Json, JsonError, type JsonObject, parseStrictJson } from "../../checkpoint/strictJson.ts";
import { chatText, exchangeOf, isChat } from "./chats.ts";
import { cellOf, listsIn } from "./lists.ts";
import { joinedReplies } from "./replies.ts";
import type { BadRow, PlacedObject, RawRows } from "./row.ts";
import { type DataRules, MAX_COLUMNS } from "./settings.ts";

/**
 * Objects as rows; columns are their keys, in the order in which they first appear. What lies within objects has its path
 * for a name, `answer.text`; a conversation is two columns, its prompt and its completion; other lists are no cells.
 */
export function rowsOfObjects(objects: readonly PlacedObject[], bad: readonly BadRow[], rules: DataRules): RawRows {
  if (rules === "1") return flatRows(objects, bad);
  const joined = joinedReplies(objects);
  const places = new Map<string, number>();
  const place = (name: string): number => {
    const found = places.get(name);
    if (found !== undefined) return found;
    if (places.size <= MAX_COLUMNS) places.set(name, places.size);
    return places.size - 1;
  };
  const lists = listsIn(joined?.objects ?? objects);
  const exchanges = new Set<string>();
  const problems: BadRow[] = [];
  const counts = { earlier: 0, later: 0, others: 0 };

  const cellsOf = ({ line, entries }: PlacedObject): (string | undefined)[] | undefined => {
    const cells: (string | undefined)[] = [];
    let problem: string | undefined;
    const add = (path: string, value: Json): void => {
      if (isChat(value)) {
        const exchange = exchangeOf(value);
        const isPart = /(^|\.)(prompt|completion|chosen|rejected|context|history)$/.test(path);
        const text = typeof exchange === "string" && isPart && Array.isArray(value) ? chatText(value) : undefined;
        if (text !== undefined) cells[place(path)] = text;
        else if (typeof exchange === "string") problem ??= `${path}: ${exchange}`;
        else {
          exchanges.add(path);
          cells[place(`${path}.prompt`)] = exchange.prompt;
          cells[place(`${path}.completion`)] = exchange.completion;
          for (const part of parts) if (exchange[part] > 0) counts[part]++;
        }
      } else if (value instanceof Map) {
        for (const [key, inner] of value as JsonObject) add(`${path}.${key}`, inner);
      } else if (Array.isArray(value)) {
        const entry = lists.read.has(path) ? cellOf(value[0]) : undefined;
        if (entry !== undefined) cells[place(path)] = entry;
      } else cells[place(path)] = cellOf(value);
    };
    for (const [key, value] of entries) add(key, withinText(key, value));
    if (problem === undefined) return cells;
    problems.push({ line, problem });
    return undefined;
  };
  const read = (joined?.objects ?? objects).map((object) => ({ line: object.line, cells: cellsOf(object) }));
  const keys = [...places.keys()];
  // More columns than may be are refused; to say so a row is enough.
  const rows = (keys.length > MAX_COLUMNS ? read.slice(0, 1) : read).flatMap(({ line, cells }) =>
    cells ? [{ line, cells: Array.from({ length: keys.length }, (_, at) => cells[at]) }] : [],
  );
  const exchange = joined?.exchange ?? (exchanges.size > 0 ? [...exchanges][0] : undefined);
  const notes = [
    ...(joined?.notes ?? []),
    ...parts
      .filter((part) => counts[part] > 0)
      .map((part) => {
        const many = counts[part];
        return `In ${many.toLocaleString("en")} ${many === 1 ? "conversation" : "conversations"} ${partNotes[part]}.`;
      }),
    ...lists.notes,
  ];
  return {
    rows,
    bad: [...bad, ...problems].sort((a, b) => a.line - b.line),
    keys,
    ...(notes.length > 0 && { notes }),
    ...(exchange !== undefined && { exchange: [`${exchange}.prompt`, `${exchange}.completion`] as const }),
  };
}

/** What is said of parts of a conversation that are not its last answer. */
const partNotes = {
  earlier: "only the last answer is learnt; the turns before it are part of the prompt",
  later: "what follows the last answer is left out",
  others: "one reply of several is taken, the first or the one ranked first",
} as const;
const parts = ["earlier", "later", "others"] as const;

/** Keys alone, without what lies within: the rule of then. */
function flatRows(objects: readonly PlacedObject[], bad: readonly BadRow[]): RawRows {
  const places = new Map<string, number>();
  for (const { entries } of objects) {
    for (const key of entries.keys()) if (places.size <= MAX_COLUMNS && !places.has(key)) places.set(key, places.size);
  }
  const keys = [...places.keys()];
  const rows = objects.map(({ line, entries }) => ({ line, cells: keys.map((key) => cellOf(entries.get(key))) }));
  return { rows, bad, keys };
}

/** The list of turns that a text under a usual name is, where some program wrote JSON within JSON. */
function withinText(key: string, value: Json): Json {
  if (typeof value !== "string" || !/^(messages|conversations?|turns)$/.test(key) || !/^\s*\[\s*\{/.test(value))
    return value;
  try {
    return parseStrictJson(value);
  } catch (error) {
    if (error instanceof JsonError) return value;
    throw error;
  }
}
