/** What one step of a program does; `to` are the places where it may go on. */
type Step =
  | { readonly kind: "character"; readonly takes: (character: string) => boolean }
  | { readonly kind: "here"; readonly holds: (text: string, at: number) => boolean }
  | { readonly kind: "go"; readonly to: readonly number[] }
  | { readonly kind: "end" };

/** A fragment of a program, laid out from a place on. */
type Part = (from: number) => Step[];

/** What is not read: lookaround, back references, flags, and patterns of a size that no adapter has. */
class Unread extends Error {}

const MAX_LENGTH = 20_000;
const MAX_STEPS = 50_000;
const MAX_NESTING = 100;

const isWord = (character: string | undefined) => character !== undefined && /^\w$/.test(character);
const isBoundary = (text: string, at: number) => isWord(text[at - 1]) !== isWord(text[at]);

const classes: ReadonlyMap<string, (character: string) => boolean> = new Map([
  ["d", (character) => /^\d$/.test(character)],
  ["D", (character) => /^\D$/.test(character)],
  ["w", (character) => /^\w$/.test(character)],
  ["W", (character) => /^\W$/.test(character)],
  ["s", (character) => /^\s$/.test(character)],
  ["S", (character) => /^\S$/.test(character)],
]);

const places: ReadonlyMap<string, (text: string, at: number) => boolean> = new Map([
  ["A", (_, at) => at === 0],
  ["Z", (text, at) => at === text.length],
  ["b", isBoundary],
  ["B", (text, at) => !isBoundary(text, at)],
]);

/**
 * A regular expression of Python's, as PEFT's settings name modules by, that matches in time proportional to its own
 * length times that of the name: all ways to match are followed at once (Thompson, 1968), so that no pattern out of a
 * file can run away.
 */
export class ModulePattern {
  readonly #steps: readonly Step[];

  private constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** @returns undefined where the pattern is none, or has what is not regular: lookaround, back references, flags. */
  static read(source: string): ModulePattern | undefined {
    try {
      return new ModulePattern([...new Reader(source).whole()(0), { kind: "end" }]);
    } catch (error) {
      if (error instanceof Unread) return undefined;
      throw error;
    }
  }

  /** Whether all of a name matches. */
  matches(name: string): boolean {
    let now = this.#reached([0], name, 0);
    for (let at = 0; at < name.length && now.size > 0; at++) {
      const next: number[] = [];
      for (const place of now) {
        const step = this.#steps[place]!;
        if (step.kind === "character" && step.takes(name[at]!)) next.push(place + 1);
      }
      now = this.#reached(next, name, at + 1);
    }
    return now.has(this.#steps.length - 1);
  }

  /** All places that are reached without taking a character. */
  #reached(from: readonly number[], text: string, at: number): Set<number> {
    const found = new Set<number>();
    const left = [...from];
    for (let place = left.pop(); place !== undefined; place = left.pop()) {
      if (found.has(place)) continue;
      found.add(place);
      const step = this.#steps[place]!;
      if (step.kind === "go") left.push(...step.to);
      if (step.kind === "here" && step.holds(text, at)) left.push(place + 1);
    }
    return found;
  }
}

/** Reads the syntax; a part is laid out only when it is known where it begins. */
class Reader {
  readonly #source: string;
  #at = 0;
  #nesting = 0;
  #steps = 0;

  constructor(source: string) {
    if (source.length > MAX_LENGTH) throw new Unread();
    this.#source = source;
  }

  whole(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#source.length) throw new Unread();
    return part.lay;
  }

  #alternatives(): Sized {
    if (++this.#nesting > MAX_NESTING) throw new Unread();
    let part = this.#sequence();
    while (this.#take("|")) part = this.#sized(either(part, this.#sequence()));
    this.#nesting--;
    return part;
  }

  #sequence(): Sized {
    const parts: Sized[] = [];
    while (this.#at < this.#source.length && this.#next() !== "|" && this.#next() !== ")") {
      parts.push(this.#repeated(this.#atom()));
    }
    return joined(parts);
  }

  #atom(): Sized {
    const character = this.#source[this.#at++]!;
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return taking(this.#set());
      case ".":
        return taking((each) => each !== "\n");
      case "^":
        return holding((_, at) => at === 0);
      case "$":
        return holding((text, at) => at === text.length);
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw new Unread();
      default:
        return taking((each) => each === character);
    }
  }

  #group(): Sized {
    if (this.#take("?") && !this.#take(":")) {
      const [name] = /^P<\w+>/.exec(this.#source.slice(this.#at, this.#at + 100)) ?? [];
      if (name === undefined) throw new Unread();
      this.#at += name.length;
    }
    const part = this.#alternatives();
    if (!this.#take(")")) throw new Unread();
    return part;
  }

  #escape(): Sized {
    const character = this.#source[this.#at++];
    if (character === undefined) throw new Unread();
    const holds = places.get(character);
    return holds ? holding(holds) : taking(escaped(character));
  }

  #set(): (character: string) => boolean {
    const isNegated = this.#take("^");
    const tests: ((character: string) => boolean)[] = [];
    for (let isFirst = true; isFirst || this.#next() !== "]"; isFirst = false) {
      const low = this.#member();
      if (this.#next() === "-" && this.#source[this.#at + 1] !== "]") {
        this.#at++;
        const high = this.#member();
        if (low.length !== 1 || high.length !== 1 || low > high) throw new Unread();
        tests.push((each) => each >= low && each <= high);
      } else tests.push(low.length === 1 ? (each) => each === low : escaped(low[1]!));
    }
    this.#at++;
    return (each) => tests.some((test) => test(each)) !== isNegated;
  }

  /** A character of a set, or an escape as it is written. */
  #member(): string {
    const character = this.#source[this.#at++];
    if (character === undefined) throw new Unread();
    if (character !== "\\") return character;
    const next = this.#source[this.#at++];
    if (next === undefined) throw new Unread();
    return classes.has(next) ? `\\${next}` : literal(next);
  }

  #repeated(part: Sized): Sized {
    const bounds = this.#bounds();
    if (!bounds) return part;
    const [least, most] = bounds;
    // Which of the ways matches is all the same here.
    this.#take("?");
    if ("*+?".includes(this.#next() ?? " ") || this.#bounds()) throw new Unread();
    const times = (count: number) => Array.from({ length: count }, () => part);
    if (part.size * Math.max(least, Number.isFinite(most) ? most : least + 1) > MAX_STEPS) throw new Unread();
    if (!Number.isFinite(most)) return this.#sized(joined([...times(least), forever(part)]));
    const rest = times(most - least).reduceRight((after, each) => optional(joined([each, after])), joined([]));
    return this.#sized(joined([...times(least), rest]));
  }

  #bounds(): readonly [least: number, most: number] | undefined {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    const [all, low, comma, high] =
      /^\{(\d{0,4})(,?)(\d{0,4})\}/.exec(this.#source.slice(this.#at, this.#at + 12)) ?? [];
    if (all === undefined || (low === "" && high === "")) return undefined;
    this.#at += all.length;
    const least = Number(low);
    const most = comma === "" ? least : high === "" ? Number.POSITIVE_INFINITY : Number(high);
    if (most < least || (comma === "" && high !== "")) throw new Unread();
    return [least, most];
  }

  #sized(part: Sized): Sized {
    this.#steps += part.size;
    if (this.#steps > MAX_STEPS) throw new Unread();
    return part;
  }

  #next(): string | undefined {
    return this.#source[this.#at];
  }

  #take(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#at++;
    return true;
  }
}

interface Sized {
  readonly size: number;
  readonly lay: Part;
}

function taking(takes: (character: string) => boolean): Sized {
  return { size: 1, lay: () => [{ kind: "character", takes }] };
}

function holding(holds: (text: string, at: number) => boolean): Sized {
  return { size: 1, lay: () => [{ kind: "here", holds }] };
}

function joined(parts: readonly Sized[]): Sized {
  return {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    lay(from) {
      const steps: Step[] = [];
      for (const part of parts) for (const step of part.lay(from + steps.length)) steps.push(step);
      return steps;
    },
  };
}

function either(first: Sized, second: Sized): Sized {
  const size = first.size + second.size + 2;
  return {
    size,
    lay(from) {
      const middle = from + first.size + 2;
      return [
        { kind: "go", to: [from + 1, middle] },
        ...first.lay(from + 1),
        { kind: "go", to: [from + size] },
        ...second.lay(middle),
      ];
    },
  };
}

function optional(part: Sized): Sized {
  const size = part.size + 1;
  return { size, lay: (from) => [{ kind: "go", to: [from + 1, from + size] }, ...part.lay(from + 1)] };
}

function forever(part: Sized): Sized {
  const size = part.size + 2;
  return {
    size,
    lay: (from) => [{ kind: "go", to: [from + 1, from + size] }, ...part.lay(from + 1), { kind: "go", to: [from] }],
  };
}

function escaped(character: string): (each: string) => boolean {
  const known = classes.get(character);
  if (known) return known;
  const itself = literal(character);
  return (each) => each === itself;
}

/** The character that an escape outside the classes means. */
function literal(character: string): string {
  if (/[0-9A-Za-z]/.test(character)) {
    const control = new Map([
      ["n", "\n"],
      ["t", "\t"],
      ["r", "\r"],
    ]).get(character);
    if (control === undefined) throw new Unread();
    return control;
  }
  return character;
}
