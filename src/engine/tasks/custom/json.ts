import { listed, RefusedFileError, shown } from "../../checkpoint/refusal.ts";
import { type Json, JsonError, type JsonObject, parseStrictJson } from "../../checkpoint/strictJson.ts";
import { isChat } from "./chats.ts";
import { columnsOf } from "./columns.ts";
import { hasNames } from "./header.ts";
import { listAt, partsOf } from "./jsonParts.ts";
import { cellOf } from "./lists.ts";
import { rowsOfObjects } from "./objects.ts";
import { type BadRow, linesOf, type PlacedObject, type RawRows } from "./row.ts";
import type { DataRules } from "./settings.ts";

/** An object a line. */
export function jsonl(text: string, rules: DataRules): RawRows {
  const objects: PlacedObject[] = [];
  const bad: BadRow[] = [];
  for (const { line, content } of linesOf(text)) {
    const { value, problem } = parsed(content, rules);
    if (value instanceof Map) objects.push({ line, entries: value as JsonObject });
    else
      bad.push({
        line,
        problem: problem ?? 'not a JSON object; every line must be one, such as {"text": "…", "label": "…"}',
      });
  }
  return rowsOfObjects(objects, bad, rules);
}

/** A value in a text, with where it begins. */
interface Placed {
  readonly line: number;
  readonly value: Json;
}

/**
 * JSON as people save it: a list of objects or of lists, an object that holds one, columns with their cells, or objects one
 * after another over as many lines as they like.
 */
export function json(text: string, file: string): RawRows {
  const parts = partsOf(text);
  const bad: BadRow[] = [];
  const values: Placed[] = [];
  for (const { line, content } of parts.values) {
    const { value, problem } = parsed(content, "2");
    if (problem !== undefined) bad.push({ line, problem });
    else values.push({ line, value });
  }
  const notes =
    parts.commas === undefined || parts.isList
      ? []
      : [`A comma stands after an object (line ${parts.commas}); in JSONL there is none. It was passed over.`];
  if (parts.isOpen !== undefined) bad.push({ line: parts.isOpen, problem: "a JSON value that is never closed" });
  if (!parts.isList && values.length === 1 && bad.length === 0) return noted(unwrapped(values[0]!, text, file), notes);
  return noted(rowsOf(values, bad, text, file), notes);
}

function noted(rows: RawRows, notes: readonly string[]): RawRows {
  return notes.length === 0 ? rows : { ...rows, notes: [...notes, ...(rows.notes ?? [])] };
}

/** Values of like kind as rows: objects, lists of cells, or texts. */
function rowsOf(values: readonly Placed[], bad: readonly BadRow[], text: string, file: string): RawRows {
  if (values.some(({ value }) => value instanceof Map && hasQuestionsWithin(value as JsonObject))) throw nested(file);
  const objects = values.filter(({ value }) => value instanceof Map);
  if (objects.length > 0) {
    const others = values.filter(({ value }) => !(value instanceof Map));
    return rowsOfObjects(
      objects.map(({ line, value }) => ({ line, entries: value as JsonObject })),
      [...bad, ...others.map(({ line }) => ({ line, problem: "not a JSON object, as the other rows are" }))],
      "2",
    );
  }
  const areLists = values.every(({ value }) => Array.isArray(value) && value.some((each: Json) => each instanceof Map));
  if (areLists && values.length > 0) {
    const all = values.flatMap(({ line, value }) => (value as readonly Json[]).map((each) => ({ line, value: each })));
    return rowsOf(all, bad, text, file);
  }
  if (values.some(({ value }) => Array.isArray(value))) return listRows(values, bad);
  const rows = values.flatMap(({ line, value }) => {
    const cell = cellOf(value);
    return cell === undefined ? [] : [{ line, cells: [cell] }];
  });
  if (rows.length === 0 && bad.length === 0) throw empty(text, file);
  return { rows, bad, keys: ["text"] };
}

/** Lists of cells; the first may be the names of columns. */
function listRows(values: readonly Placed[], bad: readonly BadRow[]): RawRows {
  const rows = values.map(({ line, value }) => ({
    line,
    cells: Array.isArray(value) ? value.map((cell: Json) => cellOf(cell)) : [cellOf(value)],
  }));
  const [first, ...rest] = rows;
  const isNamed = rest.length > 0 && hasNames(first!, columnsOf(rest, [])) === "yes";
  const names = isNamed ? first!.cells.map((cell, at) => cell || `column ${at + 1}`) : undefined;
  const width = Math.max(...rows.map(({ cells }) => cells.length));
  const keys = Array.from({ length: width }, (_, at) => names?.[at] ?? `column ${at + 1}`);
  return { rows: isNamed ? rest : rows, bad, keys, isNamed };
}

/** Names under which files keep their rows. */
const containers = new Set(
  "data rows examples items records train training samples instances dataset results entries documents".split(" "),
);

/** One object over the whole file. */
function unwrapped({ line, value }: Placed, text: string, file: string): RawRows {
  if (!(value instanceof Map)) return rowsOf([{ line, value }], [], text, file);
  const entries = value as JsonObject;
  const split = splitColumns(entries, line);
  if (split) return split;
  const lists = [...entries].filter(
    ([, inner]) => Array.isArray(inner) && inner.some((each: Json) => each instanceof Map),
  );
  const columns = columnRows(entries, line);
  const hasPlain = [...entries.values()].some(
    (inner) => !Array.isArray(inner) || inner.every((each: Json) => cellOf(each) !== undefined),
  );
  if (columns && (hasPlain || lists.length === 0)) return columns;
  const isRows = lists.length > 0 && !isConversation(entries);
  if (isRows) {
    const [name, rows] = lists.find(([key]) => containers.has(key.toLowerCase())) ?? lists[0]!;
    const others = [...entries.keys()].filter((key) => key !== name);
    const found = rowsOf(placedIn(rows as readonly Json[], name, line, text), [], text, file);
    return noted(found, [
      `Rows are what stands under ${shown(name)}.${others.length > 0 ? ` Left out is what stands under ${listed(others)}.` : ""}`,
    ]);
  }
  if (columns) return columns;
  const inner = [...entries.values()];
  if (inner.length > 1 && inner.every((each) => each instanceof Map)) {
    return rowsOfObjects(
      inner.map((each) => ({ line, entries: each as JsonObject })),
      [],
      "2",
    );
  }
  return rowsOfObjects([{ line, entries }], [], "2");
}

/** Whether an object is a row with a conversation rather than a file with rows. */
function isConversation(entries: JsonObject): boolean {
  return ["messages", "conversations", "conversation"].some((key) => entries.has(key));
}

/** The elements of a list that was parsed with the rest of the file, with the lines on which they begin. */
function placedIn(list: readonly Json[], name: string, line: number, text: string): Placed[] {
  const key = JSON.stringify(name);
  const opens = /\s*:\s*(?=\[)/y;
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
    opens.lastIndex = at + key.length;
    if (!opens.test(text)) continue;
    const places = listAt(text, opens.lastIndex);
    if (places.length === list.length) return list.map((value, place) => ({ line: places[place]!.line, value }));
  }
  return list.map((value) => ({ line, value }));
}

/** `{"columns": ["text", "label"], "data": [["…", 1]]}`, as pandas writes with orient="split". */
function splitColumns(entries: JsonObject, line: number): RawRows | undefined {
  const [columns, data] = [entries.get("columns"), entries.get("data")];
  if (!Array.isArray(columns) || !Array.isArray(data) || !columns.every((name: Json) => typeof name === "string"))
    return undefined;
  if (!data.every((row: Json) => Array.isArray(row))) return undefined;
  const names = columns as readonly string[];
  if (new Set(names).size < names.length) return undefined;
  return rowsOfObjects(
    data.map((row: readonly Json[]) => ({ line, entries: new Map(names.map((name, at) => [name, row[at] ?? null])) })),
    [],
    "2",
  );
}

/** Columns by name, each with all of its cells: in a list, or by the number of the row. */
function columnRows(entries: JsonObject, line: number): RawRows | undefined {
  const columns = [...entries].map(([name, value]) => {
    if (Array.isArray(value)) return { name, cells: value as readonly Json[], ids: undefined };
    if (value instanceof Map && [...value.keys()].every((key) => /^\d+$/.test(key as string)))
      return { name, cells: [...(value as JsonObject).values()], ids: [...value.keys()].join() };
    return undefined;
  });
  const [first] = columns;
  if (
    !first ||
    first.cells.length === 0 ||
    !columns.every((column) => column && column.cells.length === first.cells.length && !isChat(column.cells))
  )
    return undefined;
  if (!columns.every((column) => column!.ids === first.ids)) return undefined;
  return rowsOfObjects(
    first.cells.map((_, at) => ({
      line,
      entries: new Map(columns.map((column) => [column!.name, column!.cells[at]!])),
    })),
    [],
    "2",
  );
}

/** A value, or what is wrong with it. Numbers that Python writes and JSON does not know are nothing. */
function parsed(
  content: string,
  rules: DataRules,
): { readonly value: Json; readonly problem?: never } | { readonly value?: never; readonly problem: string } {
  const text =
    rules === "2" && /NaN|Infinity/.test(content)
      ? content.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (part) => (part.startsWith('"') ? part : "null"))
      : content;
  try {
    return { value: parseStrictJson(text) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { problem: `not valid JSON: ${shown(error.message)}${hintOf(content, rules)}` };
  }
}

/** What people often write instead of JSON. */
function hintOf(content: string, rules: DataRules): string {
  if (rules === "1") return "";
  const trimmed = content.trim();
  if (/[}\]],$/.test(trimmed)) return "; a comma stands after the object";
  if (/,\s*[}\]]/.test(trimmed)) return "; a comma stands before a closing bracket";
  if (/[{,]\s*'/.test(trimmed)) return "; texts and names stand between double quotes, not single ones";
  if (/:\s*(None|True|False)\b/.test(trimmed)) return "; JSON writes null, true and false";
  if (/^[{[]\s*$/.test(trimmed)) return "; an object over several lines is JSON rather than JSONL";
  return "";
}

/** Whether an article holds paragraphs with questions, as in SQuAD's files. */
function hasQuestionsWithin(article: JsonObject): boolean {
  const paragraphs = article.get("paragraphs");
  return Array.isArray(paragraphs) && paragraphs.some((each: Json) => each instanceof Map && each.has("qas"));
}

function nested(file: string): RefusedFileError {
  return new RefusedFileError(
    "data-bad-rows",
    `${file} has its questions within paragraphs and articles, as SQuAD's files have`,
    'Write an object a question, such as {"question": "…", "context": "…", "answer": "…"}.',
  );
}

function empty(text: string, file: string): RefusedFileError {
  return new RefusedFileError(
    "data-empty",
    `${file} is JSON without rows: ${shown(text.trim().slice(0, 60))}`,
    'Write a list of objects, such as [{"text": "…", "label": "…"}].',
  );
}
