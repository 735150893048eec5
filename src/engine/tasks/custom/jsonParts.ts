/** A value that has yet to be parsed, with the line on which it begins. */
export interface Part {
  readonly line: number;
  readonly content: string;
}

/** The elements of the list that a text is, or the values that stand in it one after another. */
export interface Parts {
  readonly values: readonly Part[];
  readonly isList: boolean;
  /** The line of the first comma between values that are no list. */
  readonly commas: number | undefined;
  /** The line of a value that is never closed. */
  readonly isOpen: number | undefined;
}

/** Cuts a text into values; none is parsed. */
export function partsOf(text: string): Parts {
  const begin = Math.max(0, text.search(/\S/));
  const line = 1 + lineFeeds(text, begin);
  if (text[begin] === "[") {
    const { end, ...inside } = valuesFrom(text, begin + 1, line, true);
    // What goes on behind a list is more than a list.
    if (/^\s*$/.test(text.slice(end))) return { ...inside, isList: true };
  }
  const { end: _, ...parts } = valuesFrom(text, begin, line, false);
  return { ...parts, isList: false };
}

/** The elements of the list that begins at a place. */
export function listAt(text: string, at: number): readonly Part[] {
  return valuesFrom(text, at + 1, 1 + lineFeeds(text, at), true).values;
}

/** Values from a place on, up to the end of the text, or of the list that they stand in. */
function valuesFrom(text: string, from: number, firstLine: number, isList: boolean) {
  const values: Part[] = [];
  let [depth, start, line, startLine, at] = [0, -1, firstLine, firstLine, from];
  let commas: number | undefined;
  let isEnded = false;
  const close = (end: number) => {
    if (start >= 0) values.push({ line: startLine, content: text.slice(start, end) });
    start = -1;
  };
  const marks = /["{}[\]\n]/g;
  for (; at < text.length; at++) {
    if (depth > 0) {
      marks.lastIndex = at;
      at = marks.exec(text)?.index ?? text.length;
      if (at === text.length) break;
    }
    const character = text[at]!;
    if (character === "\n") line++;
    if (depth === 0 && start >= 0 && /[\s,\]]/.test(character)) close(at);
    if (depth === 0 && isList && character === "]") {
      isEnded = true;
      break;
    }
    if (/\s/.test(character)) continue;
    if (depth === 0 && character === ",") {
      commas ??= line;
      continue;
    }
    if (start < 0) [start, startLine] = [at, line];
    if (character === '"') {
      at = endOfString(text, at) - 1;
      if (depth === 0) close(at + 1);
    } else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      depth--;
      if (depth <= 0) {
        depth = 0;
        close(at + 1);
      }
    }
  }
  const isCut = depth > 0 || (isList && !isEnded);
  if (!isCut) close(text.length);
  return { values, commas, isOpen: isCut ? (start >= 0 ? startLine : line) : undefined, end: at + 1 };
}

/** The place behind the quote that ends a string; a string that is never closed ends with its line. */
function endOfString(text: string, from: number): number {
  const ends = /["\\\n]/g;
  ends.lastIndex = from + 1;
  for (let found = ends.exec(text); found; found = ends.exec(text)) {
    if (found[0] === '"') return found.index + 1;
    if (found[0] === "\n") return found.index;
    ends.lastIndex = found.index + 2;
  }
  return text.length;
}

/** Line feeds before a place. */
function lineFeeds(text: string, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
