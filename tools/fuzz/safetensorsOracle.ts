// A second reader of safetensors headers, written from the format's description alone and in another way: over bytes, by
// recursive descent, with every rule where the value is met. It says only whether a file is one.

const knownBits = new Map([
  ...Object.entries({ BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, I16: 16, U16: 16, F16: 16, BF16: 16 }),
  ...Object.entries({ I32: 32, U32: 32, F32: 32, C64: 64, F64: 64, I64: 64, U64: 64 }),
]);

/** A value of JSON, of which one is there; a number is as it is written. */
interface Value {
  readonly object?: readonly (readonly [name: string, value: Value])[];
  readonly list?: readonly Value[];
  readonly string?: string;
  readonly number?: string;
  readonly literal?: string;
}

/** Where a tensor's bytes lie. */
interface Range {
  readonly begin: bigint;
  readonly end: bigint;
}

/** @returns why a file is refused, or undefined where it is a safetensors file. */
export function verdictOf(bytes: Uint8Array): string | undefined {
  try {
    check(bytes);
    return undefined;
  } catch (reason) {
    if (typeof reason === "string") return reason;
    throw reason;
  }
}

function check(bytes: Uint8Array): void {
  if (bytes.length < 8) throw "shorter than its length";
  let length = 0n;
  for (let i = 7; i >= 0; i--) length = length * 256n + BigInt(bytes[i]!);
  if (length > 100_000_000n) throw "header too long";
  if (8n + length > BigInt(bytes.length)) throw "header past the end";
  const end = 8 + Number(length);
  if (bytes[8] !== 0x7b || end === 8) throw "no brace";
  const header = new Reader(bytes.subarray(8, end)).document();
  const available = BigInt(bytes.length - end);
  const ranges: Range[] = [];
  for (const [name, entry] of header) {
    if (name === "__metadata__") {
      if (entry.literal === "null") continue;
      if (!entry.object || entry.object.some(([, value]) => value.string === undefined)) throw "metadata";
      continue;
    }
    ranges.push(rangeOf(entry));
  }
  ranges.sort((one, other) =>
    one.begin < other.begin ? -1 : one.begin > other.begin ? 1 : Number(one.end - other.end),
  );
  let at = 0n;
  for (const { begin, end } of ranges) {
    if (begin !== at) throw "gap or overlap";
    at = end;
  }
  if (at !== available) throw "data of another length";
}

function rangeOf({ object }: Value): Range {
  if (!object) throw "entry";
  const get = (key: string): Value => object.find(([name]) => name === key)?.[1] ?? {};
  const bits = knownBits.get(get("dtype").string ?? "?");
  if (bits === undefined) throw "dtype";
  const { list: shape } = get("shape");
  const { list: offsets } = get("data_offsets");
  if (!shape || offsets?.length !== 2) throw "entry";
  let size = BigInt(bits / 8);
  const sizes = shape.map(wholeOf);
  for (const each of sizes) {
    size *= each;
    if (size >= 2n ** 63n) throw "overflow";
  }
  const [begin, end] = [wholeOf(offsets[0]!), wholeOf(offsets[1]!)];
  if (end - begin !== size) throw "size";
  return { begin, end };
}

function wholeOf({ number }: Value): bigint {
  if (number === undefined || [...number].some((digit) => digit < "0" || digit > "9")) throw "no whole number";
  const whole = BigInt(number);
  if (whole > 2n ** 53n - 1n) throw "too large for a double";
  return whole;
}

const escapes = new Map(Object.entries({ '"': 34, "\\": 92, "/": 47, b: 8, f: 12, n: 10, r: 13, t: 9 }));

/** JSON over bytes (RFC 8259), strictly. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The entries of the object that begins with the first byte and must be all there is. */
  document(): NonNullable<Value["object"]> {
    const entries = this.object(0);
    this.space();
    if (this.#at < this.#bytes.length) throw "something after the end";
    return entries;
  }

  /** The byte at hand, where there still is one. */
  get #byte(): number | undefined {
    return this.#bytes[this.#at];
  }

  space(): void {
    while ([0x20, 0x09, 0x0a, 0x0d].includes(this.#byte ?? 0)) this.#at++;
  }

  take(character: string): boolean {
    if (this.#byte !== character.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  must(character: string): void {
    this.space();
    if (!this.take(character)) throw `no ${character}`;
  }

  value(depth: number): Value {
    this.space();
    if (depth > 64) throw "too deep";
    const start = String.fromCharCode(this.#byte ?? 0);
    if (start === "{") return { object: this.object(depth) };
    if (start === "[") return { list: this.list(depth) };
    if (start === '"') return { string: this.string() };
    for (const literal of ["true", "false", "null"]) {
      const found = String.fromCharCode(...this.#bytes.subarray(this.#at, this.#at + literal.length));
      if (found !== literal) continue;
      this.#at += literal.length;
      return { literal };
    }
    return { number: this.number() };
  }

  object(depth: number): [name: string, value: Value][] {
    const entries: [name: string, value: Value][] = [];
    const names = new Set<string>();
    this.#at++;
    this.space();
    if (this.take("}")) return entries;
    do {
      this.space();
      const name = this.string();
      if (names.has(name)) throw "a key twice";
      names.add(name);
      this.must(":");
      entries.push([name, this.value(depth + 1)]);
      this.space();
    } while (this.take(","));
    this.must("}");
    return entries;
  }

  list(depth: number): Value[] {
    const items: Value[] = [];
    this.#at++;
    this.space();
    if (this.take("]")) return items;
    do {
      items.push(this.value(depth + 1));
      this.space();
    } while (this.take(","));
    this.must("]");
    return items;
  }

  number(): string {
    const start = this.#at;
    const digits = () => {
      const from = this.#at;
      while ((this.#byte ?? 0) >= 0x30 && (this.#byte ?? 0) <= 0x39) this.#at++;
      if (this.#at === from) throw "no digits";
    };
    this.take("-");
    if (!this.take("0")) digits();
    if (this.take(".")) digits();
    if (this.take("e") || this.take("E")) {
      if (!this.take("+")) this.take("-");
      digits();
    }
    const number = String.fromCharCode(...this.#bytes.subarray(start, this.#at));
    if (!Number.isFinite(Number(number))) throw "number out of range";
    return number;
  }

  /** UTF-16 units are collected, and the whole must be characters. */
  string(): string {
    if (!this.take('"')) throw "no text";
    const units: number[] = [];
    for (;;) {
      const byte = this.#byte;
      if (byte === undefined || byte < 0x20) throw "an open text";
      if (byte === 0x22) break;
      if (byte === 0x5c) units.push(this.escape());
      else units.push(...this.character());
    }
    this.#at++;
    const text = units.map((unit) => String.fromCharCode(unit)).join("");
    if (!text.isWellFormed()) throw "half a character";
    return text;
  }

  escape(): number {
    this.#at++;
    const letter = String.fromCharCode(this.#bytes[this.#at++] ?? 0);
    const simple = escapes.get(letter);
    if (simple !== undefined) return simple;
    if (letter !== "u") throw "an unknown escape";
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      const digit = "0123456789abcdef".indexOf(String.fromCharCode(this.#bytes[this.#at++] ?? 0).toLowerCase());
      if (digit < 0) throw "an escape without four digits";
      unit = unit * 16 + digit;
    }
    return unit;
  }

  /** One character of UTF-8, shortest forms only and no surrogates (RFC 3629). */
  character(): number[] {
    const first = this.#bytes[this.#at++]!;
    if (first < 0x80) return [first];
    const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4) throw "not UTF-8";
    let code = first & (0x3f >> more);
    for (let i = 0; i < more; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || (byte & 0xc0) !== 0x80) throw "not UTF-8";
      code = code * 64 + (byte & 0x3f);
    }
    const isShortest = code >= [0x80, 0x800, 0x10000][more - 1]!;
    if (!isShortest || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw "not UTF-8";
    return code < 0x10000 ? [code] : [0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff)];
  }
}
