/**
 * A value of RFC 8259 JSON. Objects are Maps, so that no key means anything by itself; numbers stay as they are
 * written, so that whoever reads them decides what they may be.
 */
export type Json = string | boolean | null | JsonNumber | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/** A number as written. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JsonFault = "syntax" | "depth" | "duplicate" | "surrogate";

/** Text that is not strict JSON. */
export class JsonError extends Error {
  override readonly name = "JsonError";
  readonly fault: JsonFault;

  constructor(fault: JsonFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Objects and lists within each other; far more than any file that we read has. */
const MAX_DEPTH = 64;

const strictToken =
  /[{}[\],:]|"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const pythonToken = new RegExp(`${strictToken.source}|NaN|-?Infinity`, "y");
const space = /[ \t\n\r]*/y;

/** What some editors put before a text; it is no part of it. */
export const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Unlike JSON.parse: no key twice in an object, no lone surrogates, at most 64 levels.
 *
 * @param options `asPython`: the text may have a byte order mark before it, and the numbers NaN and Infinity in it, which
 *   Python writes. They stay as they are written too, and are no numbers to whoever reads them.
 * @throws JsonError
 */
export function parseStrictJson(text: string, { asPython = false }: { readonly asPython?: boolean } = {}): Json {
  const token = asPython ? pythonToken : strictToken;
  let at = asPython && text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;

  const next = (): string => {
    space.lastIndex = at;
    space.test(text);
    token.lastIndex = space.lastIndex;
    const [found] = token.exec(text) ?? [];
    if (found === undefined) {
      const where = space.lastIndex;
      throw syntax(where < text.length ? `unexpected ${JSON.stringify(text[where])}` : "it ends too early", where);
    }
    at = space.lastIndex + found.length;
    return found;
  };

  const string = (found: string): string => {
    if (!found.startsWith('"')) throw syntax(`unexpected ${found}`, at - found.length);
    for (let index = 1; index < found.length; index++) {
      if (found.charCodeAt(index) < 32) throw syntax("a control character in a text", at - found.length + index);
    }
    const value = found.includes("\\") ? (JSON.parse(found) as string) : found.slice(1, -1);
    if (!value.isWellFormed())
      throw new JsonError("surrogate", `half a character in a text at position ${at - found.length}`);
    return value;
  };

  const value = (found: string, depth: number): Json => {
    if (depth > MAX_DEPTH) throw new JsonError("depth", `more than ${MAX_DEPTH} levels`);
    switch (found) {
      case "{":
        return object(depth);
      case "[":
        return list(depth);
      case "true":
      case "false":
        return found === "true";
      case "null":
        return null;
    }
    if (/^[-\dNI]/.test(found)) return new JsonNumber(found);
    return string(found);
  };

  const object = (depth: number): JsonObject => {
    const entries = new Map<string, Json>();
    let found = next();
    if (found === "}") return entries;
    for (;;) {
      const key = string(found);
      if (entries.has(key)) throw new JsonError("duplicate", `the key ${JSON.stringify(key.slice(0, 80))} comes twice`);
      expect(":");
      entries.set(key, value(next(), depth + 1));
      found = next();
      if (found === "}") return entries;
      if (found !== ",") throw syntax(`unexpected ${found}`, at - found.length);
      found = next();
    }
  };

  const list = (depth: number): Json[] => {
    const items: Json[] = [];
    let found = next();
    if (found === "]") return items;
    for (;;) {
      items.push(value(found, depth + 1));
      found = next();
      if (found === "]") return items;
      if (found !== ",") throw syntax(`unexpected ${found}`, at - found.length);
      found = next();
    }
  };

  const expect = (wanted: string): void => {
    const found = next();
    if (found !== wanted) throw syntax(`unexpected ${found}, expected ${wanted}`, at - found.length);
  };

  const result = value(next(), 0);
  space.lastIndex = at;
  space.test(text);
  if (space.lastIndex < text.length) throw syntax("something follows its end", space.lastIndex);
  return result;
}

/** A whole number written as plain digits, up to 2^53 − 1; else undefined. */
export function plainInteger(value: Json | undefined): number | undefined {
  if (!(value instanceof JsonNumber) || !/^\d+$/.test(value.text)) return undefined;
  const number = Number(value.text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * What Python wrote as text that JSON.parse reads: without a byte order mark, and with numbers out of every range in place
 * of NaN and Infinity.
 */
export function plainJson(text: string): string {
  const content = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (!/\b(?:NaN|Infinity)\b/.test(content)) return content;
  const parts: string[] = [];
  for (let at = 0; at < content.length; ) {
    const quote = content.indexOf('"', at);
    const end = quote < 0 ? content.length : quote;
    parts.push(content.slice(at, end).replace(/\b(?:NaN|Infinity)\b/g, "1e999"));
    at = end;
    if (quote < 0) break;
    do at = content.indexOf('"', at + 1);
    while (at > 0 && isEscaped(content, at));
    at = at < 0 ? content.length : at + 1;
    parts.push(content.slice(quote, at));
  }
  return parts.join("");
}

/**
 * Whether a JSON text is deeper, or has a longer list or object, than it may, found out without building anything. Says
 * nothing of whether it is JSON.
 */
export function outgrown(
  text: string,
  most: { readonly depth: number; readonly entries: number },
): "depth" | "entries" | undefined {
  const commas: number[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        do at = text.indexOf('"', at + 1);
        while (at > 0 && isEscaped(text, at));
        if (at < 0) return undefined;
        break;
      case "[":
      case "{":
        commas.push(0);
        if (commas.length > most.depth) return "depth";
        break;
      case "]":
      case "}":
        commas.pop();
        break;
      case ",":
        if (++commas[commas.length - 1]! >= most.entries) return "entries";
    }
  }
  return undefined;
}

/** Whether an odd number of backslashes stands before a position. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

function syntax(what: string, at: number): JsonError {
  return new JsonError("syntax", `${what.slice(0, 100)} at position ${at}`);
}
