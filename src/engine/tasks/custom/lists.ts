import { listed } from "../../checkpoint/refusal.ts";
import { type Json, JsonNumber, type JsonObject } from "../../checkpoint/strictJson.ts";
import { isChat } from "./chats.ts";
import { nameOf } from "./columns.ts";
import type { PlacedObject } from "./row.ts";

/** Lists of which any entry answers what is asked. */
const ANSWERS = /(^|\.)(answers?|references?|targets?|outputs?|responses?|completions?|solutions?)(\.(text|value))?$/;

/** Lists with one class, or several, a row. */
const LABELS = /(^|\.)(labels?|class(es)?|categor(y|ies)|tags?|cats?|emotions?|topics?|annotations)$/;

/**
 * What becomes of lists within objects: those that never have more than one entry are read as that entry, of lists of
 * answers the first is taken, and the rest are left out.
 */
export function listsIn(objects: readonly PlacedObject[]): {
  readonly read: ReadonlySet<string>;
  readonly notes: readonly string[];
} {
  const most = new Map<string, number>();
  const nested = new Set<string>();
  const look = (path: string, value: Json): void => {
    if (isChat(value)) return;
    if (value instanceof Map)
      for (const [key, inner] of value as JsonObject) look(path === "" ? key : `${path}.${key}`, inner);
    else if (Array.isArray(value)) {
      most.set(path, Math.max(most.get(path) ?? 0, value.length));
      if (value.some((entry: Json) => entry instanceof Map || Array.isArray(entry))) nested.add(path);
    }
  };
  for (const { entries } of objects) look("", entries);
  const lists = [...most].filter(([, length]) => length > 0);
  const isFlat = ([path]: readonly [string, number]) => !nested.has(path);
  const single = lists.filter((list) => isFlat(list) && list[1] === 1).map(([path]) => path);
  const answers = lists
    .filter((list) => isFlat(list) && list[1] > 1 && ANSWERS.test(nameOf(list[0])))
    .map(([path]) => path);
  const read = new Set([...single, ...answers]);
  const others = lists.map(([path]) => path).filter((path) => !read.has(path));
  const labels = others.filter((path) => LABELS.test(nameOf(path)));
  return {
    read,
    notes: [
      ...(single.length > 0 ? [`Lists of one entry are read as that entry: ${listed(single)}.`] : []),
      ...(answers.length > 0 ? [`Of several entries the first is taken: ${listed(answers)}.`] : []),
      ...(others.length > 0 ? [`Left out, since lists are no texts: ${listed(others)}.`] : []),
      ...(labels.length > 0
        ? [
            `${listed(labels)} may hold the classes: one class a row can be learnt, such as {"text": "…", "label": "…"}.`,
          ]
        : []),
    ],
  };
}

/** A text, a number as it is written, or true and false; everything else is no cell. */
export function cellOf(json: Json | undefined): string | undefined {
  if (typeof json === "string") return json;
  if (json instanceof JsonNumber) return json.text;
  return typeof json === "boolean" ? String(json) : undefined;
}
