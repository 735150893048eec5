import { shown } from "./refusal.ts";
import { type Json, JsonError, JsonNumber, type JsonObject, parseStrictJson } from "./strictJson.ts";

/** Says what is wrong with a text of JSON, by throwing. */
export type Refuse = (problem: string) => never;

/** An object of strict JSON that is read entry by entry; what is not as it must be is refused by its name. */
export class StrictEntries {
  readonly #entries: JsonObject;
  readonly #within: string;
  readonly #refuse: Refuse;
  readonly #read = new Set<string>();

  private constructor(entries: JsonObject, within: string, refuse: Refuse) {
    this.#entries = entries;
    this.#within = within;
    this.#refuse = refuse;
  }

  /** Reads a text. */
  static parse(text: string, refuse: Refuse): StrictEntries {
    let json: Json | undefined;
    try {
      json = parseStrictJson(text);
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      refuse(`it is not valid JSON: ${cause.message}`);
    }
    return json instanceof Map ? new StrictEntries(json, "", refuse) : refuse("it must be a JSON object");
  }

  text(name: string, most = 200): string {
    const value = this.#take(name);
    if (typeof value === "string" && value.length <= most) return value;
    return this.#wrong(name, `must be text of up to ${most} characters`);
  }

  /** A number that is finite and not negative. */
  number(name: string): number {
    const value = this.#take(name);
    const number = value instanceof JsonNumber ? Number(value.text) : Number.NaN;
    return Number.isFinite(number) && number >= 0 ? number : this.#wrong(name, "must be a number that is not negative");
  }

  flag(name: string): boolean {
    const value = this.#take(name);
    return typeof value === "boolean" ? value : this.#wrong(name, "must be true or false");
  }

  choice<const T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#take(name);
    return choices.find((each) => each === value) ?? this.#wrong(name, `must be one of ${choices.join(", ")}`);
  }

  matching(name: string, pattern: RegExp, expects: string): string {
    const value = this.#take(name);
    return typeof value === "string" && pattern.test(value) ? value : this.#wrong(name, `must be ${expects}`);
  }

  /** What `read` makes of the entry, if there is one. */
  optional<T>(name: string, read: (entries: this, name: string) => T): T | undefined {
    return this.#entries.has(name) ? read(this, name) : undefined;
  }

  object(name: string): StrictEntries {
    const value = this.#take(name);
    if (value instanceof Map) return new StrictEntries(value, `${this.#within}${name}.`, this.#refuse);
    return this.#wrong(name, "must be an object");
  }

  objects(name: string, most: number): StrictEntries[] {
    const value = this.#take(name);
    if (!Array.isArray(value) || value.length > most)
      return this.#wrong(name, `must be a list of up to ${most} objects`);
    return value.map((each: Json, at) => {
      const place = `${name}[${at}]`;
      if (!(each instanceof Map)) return this.#wrong(place, "must be an object");
      return new StrictEntries(each, `${this.#within}${place}.`, this.#refuse);
    });
  }

  /** Refuses what nobody has read. */
  end(): void {
    const unknown = [...this.#entries.keys()].find((name) => !this.#read.has(name));
    if (unknown !== undefined) this.#refuse(`"${this.#within}${shown(unknown)}" is not known`);
  }

  #take(name: string): Json | undefined {
    this.#read.add(name);
    return this.#entries.get(name);
  }

  #wrong(name: string, problem: string): never {
    const isThere = this.#entries.has(name) || name.endsWith("]");
    return this.#refuse(isThere ? `${this.#within}${name} ${problem}` : `${this.#within}${name} is missing`);
  }
}
