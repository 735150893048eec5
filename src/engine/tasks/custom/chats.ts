import type { Json, JsonObject } from "../../checkpoint/strictJson.ts";

/** A conversation as what a model reads and what it is to answer. */
export interface Exchange {
  readonly prompt: string;
  readonly completion: string;
  /** Answers that are part of the prompt. */
  readonly earlier: number;
  /** Turns after the answer, and replies that are not on the way to it: neither is learnt. */
  readonly later: number;
  readonly others: number;
}

interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

const roles: ReadonlyMap<string, Turn["role"]> = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
  ["human", "user"],
  ["prompter", "user"],
  ["instruction", "user"],
  ["assistant", "assistant"],
  ["gpt", "assistant"],
  ["bot", "assistant"],
  ["model", "assistant"],
  ["chatgpt", "assistant"],
  ["bing", "assistant"],
  ["bard", "assistant"],
]);

const roleKeys = ["role", "from", "speaker", "author"];
const textKeys = ["content", "value", "text", "message", "parts"];

/** Whether a value is a list of turns, each with who speaks and what; such lists have no meaning as one text. */
export function isChat(value: Json | undefined): boolean {
  if (isTree(value)) return true;
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (turn: Json) => turn instanceof Map && roleKeys.some((key) => typeof turn.get(key) === "string") && hasText(turn),
    )
  );
}

/**
 * A list of turns as an exchange: its last answer, and all that was said before. Of two turns the prompt is the question
 * as it stands; of more, each turn begins with who speaks.
 *
 * @returns what is wrong with it otherwise.
 */
export function exchangeOf(value: Json): Exchange | string {
  const turns: Turn[] = [];
  for (const turn of isTree(value) ? branchOf(value) : (value as readonly JsonObject[])) {
    const read = turnOf(turn);
    if (typeof read === "string") return read;
    turns.push(read);
  }
  const last = turns.findLastIndex(({ role }) => role === "assistant");
  if (last < 0) return "the conversation has no answer";
  const before = turns.slice(0, last);
  if (!before.some(({ role }) => role === "user")) return "the conversation has nothing before its answer";
  return {
    prompt: promptOf(before),
    completion: turns[last]!.text,
    earlier: before.filter(({ role }) => role === "assistant").length,
    later: turns.length - 1 - last,
    others: isTree(value) ? repliesOf(value) - turns.length + 1 : 0,
  };
}

/** The turns of a list one after the other, where there is no answer to learn, as in the prompts of some formats. */
export function chatText(value: Json): string | undefined {
  const turns = (value as readonly JsonObject[]).map(turnOf);
  return turns.every((turn) => typeof turn !== "string") ? promptOf(turns) : undefined;
}

function promptOf(turns: readonly Turn[]): string {
  const spoken = turns.filter(({ role }) => role !== "system");
  const system = turns.filter(({ role, text }) => role === "system" && text.trim() !== "").map(({ text }) => text);
  const names = { user: "User", assistant: "Assistant", system: "System" } as const;
  const said = spoken.length === 1 ? [spoken[0]!.text] : spoken.map(({ role, text }) => `${names[role]}: ${text}`);
  return [...system, ...said].join("\n");
}

function turnOf(turn: JsonObject): Turn | string {
  const written = roleKeys.map((key) => turn.get(key)).find((value) => typeof value === "string");
  if (typeof written !== "string") return "a turn that does not say whose it is";
  const role = roles.get(written.toLowerCase());
  if (!role) return `a turn of "${written.slice(0, 40)}", which is neither a question nor an answer`;
  const text = textOf(turn);
  if (text === undefined) return `a turn of ${written.slice(0, 40)} without text`;
  return { role, text };
}

function hasText(turn: JsonObject): boolean {
  return textKeys.some((key) => turn.has(key)) || turn.has("tool_calls");
}

/** The text of a turn; some formats write it as a list of parts. */
function textOf(turn: JsonObject): string | undefined {
  const content = textKeys.map((key) => turn.get(key)).find((value) => value !== undefined && value !== null);
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const parts = content.map((part: Json) => (part instanceof Map ? part.get("text") : part));
  return parts.every((part) => typeof part === "string") ? parts.join("\n") : undefined;
}

/** A tree of messages, each with replies, as in OpenAssistant's files. */
function isTree(value: Json | undefined): value is JsonObject {
  return value instanceof Map && Array.isArray(value.get("replies")) && typeof value.get("text") === "string";
}

/** Down the tree by the first reply, or by the one that is ranked first. */
function branchOf(root: JsonObject): JsonObject[] {
  const branch = [root];
  for (;;) {
    const next = repliesIn(branch.at(-1)!).sort((a, b) => rankOf(a) - rankOf(b))[0];
    if (!next) return branch;
    branch.push(next);
  }
}

/** All replies of a tree. */
function repliesOf(message: JsonObject): number {
  return repliesIn(message).reduce((sum, reply) => sum + 1 + repliesOf(reply), 0);
}

function repliesIn(message: JsonObject): JsonObject[] {
  const replies = message.get("replies");
  return Array.isArray(replies) ? (replies as readonly Json[]).filter(isBranch) : [];
}

function isBranch(reply: Json): reply is JsonObject {
  return reply instanceof Map && typeof reply.get("text") === "string";
}

function rankOf(reply: JsonObject): number {
  const rank = reply.get("rank");
  return rank !== null && typeof rank === "object" && "text" in rank ? Number(rank.text) : 0;
}
