import { type RefusalCode, type RefusedFileError, shown, shownJson } from "../refusal.ts";
import { checkPattern, compiled, literal } from "./patterns.ts";
import type { Refuse } from "./refuse.ts";

/** What the components of a role are read as, each as one step or several. */
export type Kinds<Step> = ReadonlyMap<string, (part: Part) => Step | readonly Step[]>;

/** Steps that a text may take; more are a trap. */
const MOST_STEPS = 64;

/**
 * One component of a tokenizer.json: a normalizer, pre-tokenizer, post-processor or decoder. Its keys are read as what
 * they must be; null counts as absent. No look-up reaches a prototype.
 */
export class Part {
  readonly refuse: Refuse;
  readonly #json: object;
  readonly #role: string;
  readonly #code: RefusalCode;

  /**
   * @param role what it is, for messages.
   * @param code of the refusal when a key has no value that it can have.
   */
  constructor(json: object, role: string, refuse: Refuse, code: RefusalCode) {
    this.#json = json;
    this.#role = role;
    this.#code = code;
    this.refuse = refuse;
  }

  value(key: string): unknown {
    return Object.hasOwn(this.#json, key) ? ((this.#json as Record<string, unknown>)[key] ?? undefined) : undefined;
  }

  text(key: string, initial?: string): string {
    const value = this.value(key) ?? initial;
    if (typeof value !== "string" || value.length > 1000) throw this.wrong(key, "a text");
    return value;
  }

  flag(key: string, initial: boolean): boolean {
    const value = this.value(key) ?? initial;
    if (typeof value !== "boolean") throw this.wrong(key, "true or false");
    return value;
  }

  whole(key: string, least: number, most: number, initial?: number): number {
    const value = this.value(key) ?? initial;
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      throw this.wrong(key, `a whole number from ${least} to ${most}`);
    }
    return value as number;
  }

  /** One of the texts that are supported; the first is the default. */
  choice<Choice extends string>(key: string, supported: readonly Choice[]): Choice {
    const value = this.text(key, supported[0]);
    const found = supported.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw this.refuse("tok-unsupported", `${key} "${shown(value)}" of its ${this.#role} is not supported`);
  }

  /**
   * What is looked for in texts: a text or a regular expression that cannot run away. @returns it with the flag g, and
   * how many characters a match has at least.
   */
  pattern(key: string): { readonly expression: RegExp; readonly least: number } {
    const value = this.value(key);
    if (isRecord(value) && Object.hasOwn(value, "Regex")) {
      checkPattern(value.Regex, this.refuse);
      return { expression: compiled(value.Regex), least: 1 };
    }
    const text = isRecord(value) && Object.hasOwn(value, "String") ? value.String : value;
    // An empty one would be found between all characters.
    if (typeof text !== "string" || text === "" || text.length > 1000) throw this.wrong(key, "a text to look for");
    return { expression: literal(text), least: text.length };
  }

  /** @returns the refusal of a key that is not what it must be. */
  wrong(key: string, what: string): RefusedFileError {
    return this.refuse(this.#code, `${key} of its ${this.#role} must be ${what}`);
  }
}

/**
 * Reads a component, or a sequence of them within each other, as one list of steps.
 *
 * @param kinds the components that there are, by the name of their type.
 * @param listKey where a sequence has its list.
 * @throws RefusedFileError when one is unknown or badly formed.
 */
export function readSteps<Step>(
  value: unknown,
  options: {
    readonly role: string;
    readonly kinds: Kinds<Step>;
    readonly listKey: string;
    readonly refuse: Refuse;
    readonly code?: RefusalCode;
  },
): Step[] {
  const { role, kinds, listKey, refuse, code = "tok-unsupported" } = options;
  if (value === null || value === undefined) return [];
  if (!isRecord(value)) throw refuse(code, `its ${role} is no object`);
  const part = new Part(value, role, refuse, code);
  const type = part.value("type");
  let steps: Step[];
  if (type === "Sequence") {
    const list = part.value(listKey);
    if (!Array.isArray(list)) throw part.wrong(listKey, "a list");
    if (list.length > MOST_STEPS) throw refuse("tok-unsupported", `its ${role} has ${list.length} steps`);
    steps = list.flatMap((each) => readSteps(each, options));
  } else {
    const read = kinds.get(type as string);
    if (!read) {
      const known = `; supported: ${[...kinds.keys(), "Sequence"].join(", ")}`;
      throw refuse("tok-unsupported", `its ${role} "${shownJson(type)}" is not supported${known}`);
    }
    steps = [read(part)].flat() as Step[];
  }
  if (steps.length > MOST_STEPS) throw refuse("tok-unsupported", `its ${role} has more than ${MOST_STEPS} steps`);
  return steps;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
