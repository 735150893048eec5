import type { Json, JsonObject } from "../../checkpoint/strictJson.ts";
import { exchangeOf } from "./chats.ts";
import type { PlacedObject } from "./row.ts";

/**
 * Messages one by one, each with the id of the one it replies to, as OpenAssistant publishes them: every answer becomes
 * a row with all that was said before it.
 *
 * @returns nothing where the objects are no such messages.
 */
export function joinedReplies(objects: readonly PlacedObject[]):
  | {
      readonly objects: readonly PlacedObject[];
      readonly exchange: string;
      readonly notes: readonly string[];
    }
  | undefined {
  const isMessage = ({ entries }: PlacedObject) =>
    ["message_id", "text", "role"].every((key) => typeof entries.get(key) === "string") && entries.has("parent_id");
  if (objects.length === 0 || !objects.every(isMessage)) return undefined;
  const byId = new Map(objects.map(({ entries }) => [entries.get("message_id") as string, entries]));
  let orphans = 0;
  const rows: PlacedObject[] = [];
  for (const { line, entries } of objects) {
    if (entries.get("role") !== "assistant") continue;
    const branch = branchTo(entries, byId);
    const exchange = branch && exchangeOf(branch);
    if (exchange === undefined || typeof exchange === "string") orphans++;
    else {
      const { prompt, completion } = exchange;
      rows.push({
        line,
        entries: new Map<string, Json>([
          ...entries,
          [
            NAME,
            new Map([
              ["prompt", prompt],
              ["completion", completion],
            ]),
          ],
        ]),
      });
    }
  }
  return {
    objects: rows,
    exchange: NAME,
    notes: [
      "Messages are joined to those they reply to: every answer is a row, with all that was said before it as its prompt.",
      ...(orphans > 0
        ? [
            `Left out: ${orphans.toLocaleString("en")} ${orphans === 1 ? "answer whose question is" : "answers whose questions are"} not in the file, or more than ${MAX_TURNS} messages before.`,
          ]
        : []),
    ],
  };
}

const NAME = "conversation";

/** Messages of a conversation, beyond which no model reads. */
const MAX_TURNS = 100;

/** From the first message of a tree to this one. */
function branchTo(message: JsonObject, byId: ReadonlyMap<string, JsonObject>): JsonObject[] | undefined {
  const branch = [message];
  const seen = new Set([message]);
  for (let parent = message.get("parent_id"); typeof parent === "string"; parent = branch[0]!.get("parent_id")) {
    const found = byId.get(parent);
    if (!found || seen.has(found) || branch.length >= MAX_TURNS) return undefined;
    seen.add(found);
    branch.unshift(found);
  }
  return branch;
}
