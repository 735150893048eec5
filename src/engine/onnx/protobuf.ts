/** Bytes that are no message. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
  readonly fault: "malformed" | "depth";

  constructor(fault: "malformed" | "depth", message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Messages within each other. */
const MAX_DEPTH = 100;
/** Field numbers have 29 bits. */
const MAX_FIELD = 2 ** 29 - 1;

/** How a value lies in the bytes, by the lowest three bits before it. */
const wire = { integer: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/**
 * Writes a message of protocol buffers (protobuf.dev, "Encoding"). Nested messages are written by a function that is
 * given their writer.
 */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** An int32, int64, enumeration or truth value. */
  integer(field: number, value: number | bigint): this {
    return this.#key(field, wire.integer).#add(varint(BigInt(value)));
  }

  /** Signed integers, packed. */
  integers(field: number, values: readonly (number | bigint)[]): this {
    return this.bytes(field, joined(values.map((value) => varint(BigInt(value)))));
  }

  float(field: number, value: number): this {
    return this.#key(field, wire.fixed32).#add(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#key(field, wire.bytes)
      .#add(varint(BigInt(value.length)))
      .#add(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, write: (message: MessageWriter) => void): this {
    const message = new MessageWriter();
    write(message);
    return this.bytes(field, message.finish());
  }

  finish(): Uint8Array<ArrayBuffer> {
    return joined(this.#parts, this.#length);
  }

  #key(field: number, type: number): this {
    return this.#add(varint(BigInt(field * 8 + type)));
  }

  #add(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

/**
 * Reads a message field by field: iterating gives the numbers of the fields, and a method reads what the current one
 * should hold. Fields that nobody reads are skipped. Nothing is looked at outside the message, and nothing is copied.
 */
export class MessageReader {
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  #at = 0;
  #field = 0;
  #wire = 0;
  /** Where the value of the current field lies. */
  #start = 0;
  #end = 0;

  constructor(bytes: Uint8Array, depth = 0) {
    if (depth > MAX_DEPTH) throw new ProtobufError("depth", `more than ${MAX_DEPTH} messages within each other`);
    this.#bytes = bytes;
    this.#depth = depth;
  }

  /** @throws ProtobufError. */
  *[Symbol.iterator](): Generator<number> {
    while (this.#at < this.#bytes.length) {
      this.#readKey();
      if (this.#wire === wire.groupEnd) throw malformed("a group ends that never started");
      this.#findEnd(this.#depth);
      yield this.#field;
    }
  }

  /** The current field as a signed integer of 64 bits. @throws ProtobufError. */
  integer(): bigint {
    this.#expect(wire.integer);
    return this.#varintFrom(this.#start);
  }

  /** A view of what the current field holds. @throws ProtobufError. */
  bytes(): Uint8Array {
    this.#expect(wire.bytes);
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /**
   * The values of a repeated number in the current field, packed or one by itself, as they lie there.
   *
   * @throws ProtobufError.
   */
  packed(each: "integer" | "fixed32" | "fixed64"): Uint8Array {
    if (this.#wire !== wire.bytes) this.#expect(wire[each]);
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** @throws ProtobufError when it is not UTF-8. */
  text(): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes());
    } catch (cause) {
      if (cause instanceof ProtobufError) throw cause;
      throw malformed("a text that is not UTF-8");
    }
  }

  /** A reader of the message in the current field. @throws ProtobufError. */
  message(): MessageReader {
    return new MessageReader(this.bytes(), this.#depth + 1);
  }

  #expect(type: number): void {
    if (this.#wire !== type) throw malformed(`field ${this.#field} holds something else than it should`);
  }

  #readKey(): void {
    const key = Number(BigInt.asUintN(64, this.#varintFrom(this.#at)));
    this.#at = this.#end;
    this.#field = Math.floor(key / 8);
    this.#wire = key % 8;
    if (this.#field < 1 || this.#field > MAX_FIELD) throw malformed(`a field of number ${this.#field}`);
  }

  #findEnd(depth: number): void {
    this.#start = this.#at;
    switch (this.#wire) {
      case wire.integer:
        this.#varintFrom(this.#at);
        break;
      case wire.fixed64:
        this.#end = this.#start + 8;
        break;
      case wire.fixed32:
        this.#end = this.#start + 4;
        break;
      case wire.bytes: {
        const length = BigInt.asUintN(64, this.#varintFrom(this.#at));
        this.#start = this.#end;
        const left = this.#bytes.length - this.#start;
        if (length > left)
          throw malformed(`field ${this.#field} has a length of ${length} where ${left} bytes are left`);
        this.#end = this.#start + Number(length);
        break;
      }
      case wire.groupStart:
        this.#skipGroup(depth + 1);
        return;
      default:
        throw malformed(`field ${this.#field} has the unknown type ${this.#wire}`);
    }
    if (this.#end > this.#bytes.length) throw malformed(`field ${this.#field} is cut off`);
    this.#at = this.#end;
  }

  /** Groups are out of use, but a message may have one among the fields that nobody reads. */
  #skipGroup(depth: number): void {
    if (depth > MAX_DEPTH) throw new ProtobufError("depth", `more than ${MAX_DEPTH} groups within each other`);
    const group = this.#field;
    const start = this.#at;
    for (;;) {
      if (this.#at === this.#bytes.length) throw malformed(`the group of field ${group} does not end`);
      this.#readKey();
      if (this.#wire === wire.groupEnd) break;
      this.#findEnd(depth);
    }
    if (this.#field !== group) throw malformed(`the group of field ${group} ends as one of field ${this.#field}`);
    this.#wire = wire.groupStart;
    this.#start = start;
    this.#end = this.#at;
  }

  /** Reads from a position and leaves in `#end` where the number ended. */
  #varintFrom(start: number): bigint {
    const { value, end } = varintAt(this.#bytes, start);
    this.#end = end;
    return value;
  }
}

/** The numbers that lie side by side in these bytes. @throws ProtobufError. */
export function* unpackedIntegers(bytes: Uint8Array): Generator<bigint> {
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = varintAt(bytes, at);
    at = end;
    yield value;
  }
}

/** Seven bits a byte, the lowest first; the highest bit says whether more follow. */
function varintAt(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let low = 0;
  for (let index = 0; index < 4; index++) {
    const byte = byteAt(bytes, start + index);
    low += (byte & 127) * 2 ** (7 * index);
    if (byte < 128) return { value: BigInt(low), end: start + index + 1 };
  }
  let value = BigInt(low);
  for (let index = 4; index < 10; index++) {
    const byte = byteAt(bytes, start + index);
    value |= BigInt(byte & 127) << BigInt(7 * index);
    if (byte < 128) return { value: BigInt.asIntN(64, value), end: start + index + 1 };
  }
  throw malformed("a number of more than 10 bytes");
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw malformed("it ends in the middle of a number");
  return byte;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[], length = parts.reduce((sum, part) => sum + part.length, 0)) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function malformed(what: string): ProtobufError {
  return new ProtobufError("malformed", what);
}
