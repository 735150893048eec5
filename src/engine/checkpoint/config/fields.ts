import { RefusedFileError, shown } from "../refusal.ts";
import { type Json, JsonError, JsonNumber, type JsonObject, parseStrictJson } from "../strictJson.ts";

/** Activations that the engine has: GELU by the error function, its tanh approximation, and ReLU. */
export type Activation = "gelu" | "gelu-tanh" | "relu";

/** Ways to make one vector of a row's tokens: its first token, the largest of each feature, their mean, its last token. */
export type Pooling = "cls" | "max" | "mean" | "lasttoken";

/** What the config of every family says. */
export interface SharedConfig {
  readonly vocabularySize: number;
  /** Features of a hidden state. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Features between the layers of a block's perceptron. */
  readonly innerWidth: number;
  /** Tokens that a sequence may have. */
  readonly maxLength: number;
  /** Of normalisation. */
  readonly epsilon: number;
  /** How sentence vectors are made of tokens, several side by side; their mean where nothing is said. */
  readonly pooling?: readonly Pooling[];
}

const activations: ReadonlyMap<string, Activation> = new Map([
  ["gelu", "gelu"],
  ["gelu_new", "gelu-tanh"],
  ["gelu_pytorch_tanh", "gelu-tanh"],
  ["gelu_fast", "gelu-tanh"],
  ["relu", "relu"],
]);

/** Entries beyond which no vocabulary goes. */
export const MAX_VOCABULARY = 2 ** 24;

/** Blocks beyond which no model goes. */
export const MAX_BLOCKS = 256;

/** Features or tokens beyond which no device holds a model. */
export const MAX_SIZE = 65_536;

/** Is told of a key whose value cannot be meant and was left aside. */
export type SetAside = (key: string, value: string) => void;

/**
 * Reads a file that holds one JSON object.
 *
 * @param most characters; larger files are something else.
 * @param setAside where values that a run does without may be left aside; where nobody is told of them they are refused.
 * @throws RefusedFileError
 */
export function readFields(text: string, file: string, most = 1_000_000, setAside?: SetAside): Fields {
  if (text.length > most) {
    throw new RefusedFileError("file-too-large", `${file} has more than ${most.toLocaleString("en")} characters`);
  }
  let json: Json;
  try {
    json = parseStrictJson(text, { asPython: true });
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const code = cause.fault === "depth" ? "config-too-deep" : "config-not-json";
    throw new RefusedFileError(code, `${file} is not valid JSON: ${cause.message}`, undefined, { cause });
  }
  if (!(json instanceof Map)) throw new RefusedFileError("config-not-object", `${file} holds no JSON object`);
  return new Fields(json as JsonObject, file, "", setAside);
}

/** The keys of a config.json, each read as what it must be. A default makes a key optional; null counts as absent. */
export class Fields {
  readonly #json: JsonObject;
  readonly #file: string;
  /** Keys of the objects around this one, each with its dot. */
  readonly #within: string;
  readonly #setAside: SetAside | undefined;

  constructor(json: JsonObject, file: string, within = "", setAside?: SetAside) {
    this.#json = json;
    this.#file = file;
    this.#within = within;
    this.#setAside = setAside;
  }

  /** Whether the key has a value. */
  has(key: string): boolean {
    return this.#value(key, true) !== undefined;
  }

  /** All keys with their values as they stand. */
  entries(): [string, Json][] {
    return [...this.#json];
  }

  /** Whether the key's value is an object. */
  isNested(key: string): boolean {
    return this.#json.get(key) instanceof Map;
  }

  /** An object within the object; messages call its keys `key.…`. */
  nested(key: string): Fields | undefined {
    const value = this.#value(key, true);
    if (value === undefined) return undefined;
    if (!(value instanceof Map)) throw this.#wrongType(key, "an object");
    return new Fields(value as JsonObject, this.#file, `${this.#within}${key}.`, this.#setAside);
  }

  text(key: string, initial?: string): string {
    const value = this.#value(key, initial !== undefined);
    if (value === undefined) return initial!;
    if (typeof value !== "string") throw this.#wrongType(key, "a text");
    return value;
  }

  /** A list of texts; empty when it is absent. */
  texts(key: string): readonly string[] {
    const value = this.#value(key, true) ?? [];
    const isText = (each: Json): each is string => typeof each === "string";
    if (!Array.isArray(value) || !value.every(isText)) throw this.#wrongType(key, "a list of texts");
    return value;
  }

  flag(key: string, initial: boolean): boolean {
    const value = this.#value(key, true) ?? initial;
    if (typeof value !== "boolean") throw this.#wrongType(key, "true or false");
    return value;
  }

  /** Whether the key is this number. */
  is(key: string, number: number): boolean {
    const value = this.#value(key, true);
    return value instanceof JsonNumber && Number(value.text) === number;
  }

  /** A whole number from 1. */
  size(key: string, most = MAX_SIZE, initial?: number): number {
    const size = this.#number(key, initial);
    if (!Number.isInteger(size) || size < 1)
      throw this.#refuse("config-out-of-range", `${this.#within}${key} must be a whole number from 1, not ${size}`);
    if (size > most)
      throw this.#refuse(
        "config-too-large",
        `${this.#within}${key} is ${size}; the most that can be loaded is ${most}`,
      );
    return size;
  }

  epsilon(key: string, initial: number): number {
    const value = this.#number(key, initial);
    if (!(value > 0 && value < 1))
      throw this.#refuse("config-out-of-range", `${this.#within}${key} must lie between 0 and 1, not ${value}`);
    return value;
  }

  /** A number above 0. */
  positive(key: string, initial: number): number {
    const value = this.#number(key, initial);
    if (!(value > 0 && Number.isFinite(value)))
      throw this.#refuse("config-out-of-range", `${this.#within}${key} must be more than 0, not ${value}`);
    return value;
  }

  /** A number of heads, which must divide the width. */
  heads(key: string, width: number): number {
    const heads = this.size(key);
    if (width % heads !== 0)
      throw this.#refuse(
        "config-inconsistent",
        `${this.#within}${key} is ${heads}, which does not divide the width ${width}`,
      );
    return heads;
  }

  /**
   * The id of a token, or the first of a list of them that can be one. An id that no token has is set aside.
   *
   * @param isNeeded whether it is refused instead.
   */
  tokenId(
    key: string,
    vocabularySize: number,
    { isNeeded = false }: { readonly isNeeded?: boolean } = {},
  ): number | undefined {
    const value = this.#value(key, true);
    const ids: readonly Json[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
    const setAside = isNeeded ? undefined : this.#setAside;
    return ids.map((id) => this.#tokenId(key, id, vocabularySize, setAside)).find((id) => id !== undefined);
  }

  #tokenId(key: string, value: Json, vocabularySize: number, setAside?: SetAside): number | undefined {
    if (!(value instanceof JsonNumber)) throw this.#wrongType(key, "a number");
    const id = Number(value.text);
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize) return id;
    if (setAside) {
      setAside(`${this.#within}${key}`, value.text);
      return undefined;
    }
    if (!Number.isInteger(id) || id < 0)
      throw this.#refuse("config-out-of-range", `${this.#within}${key} must be a whole number from 0, not ${id}`);
    throw this.#refuse(
      "config-inconsistent",
      `${this.#within}${key} is ${id}, but the vocabulary has ${vocabularySize} tokens`,
    );
  }

  activation(key: string, initial: string): Activation {
    const name = this.text(key, initial);
    const activation = activations.get(name);
    if (!activation) throw this.unsupported(key, name, [...activations.keys()]);
    return activation;
  }

  /** Refuses a setting that is there and none of those that the engine has; the first is the default. */
  only(key: string, supported: readonly string[]): void {
    const value = this.text(key, supported[0]!);
    if (!supported.includes(value)) throw this.unsupported(key, value, supported);
  }

  /** Refuses a switch that is on. */
  off(key: string): void {
    if (this.flag(key, false)) throw this.unsupported(key, "true", ["false"]);
  }

  unsupported(key: string, value: string, supported: readonly string[]): RefusedFileError {
    return new RefusedFileError(
      "config-unsupported",
      `${this.#file}: ${this.#within}${key} "${shown(value)}" is not supported`,
      `Supported: ${supported.join(", ")}.`,
    );
  }

  /** @param what disagrees with what, in words. */
  inconsistent(what: string): RefusedFileError {
    return this.#refuse("config-inconsistent", what);
  }

  #number(key: string, initial?: number): number {
    const value = this.#value(key, initial !== undefined);
    if (value === undefined) return initial!;
    if (!(value instanceof JsonNumber)) throw this.#wrongType(key, "a number");
    if (/[NI]/.test(value.text)) throw this.#wrongType(key, `a number, not ${value.text}`);
    return Number(value.text);
  }

  #value(key: string, optional: boolean): Json | undefined {
    const value = this.#json.get(key) ?? undefined;
    if (value === undefined && !optional) throw this.#refuse("config-missing-key", `${this.#within}${key} is missing`);
    return value;
  }

  #wrongType(key: string, what: string): RefusedFileError {
    return this.#refuse("config-wrong-type", `${this.#within}${key} must be ${what}`);
  }

  #refuse(code: ConstructorParameters<typeof RefusedFileError>[0], what: string): RefusedFileError {
    return new RefusedFileError(code, `${this.#file}: ${what}`);
  }
}
