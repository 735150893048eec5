import { type ElementFormat, unpacked } from "../kernels/formats.ts";
import { type FileBytes, inMemory } from "./files.ts";
import { RefusedFileError, shown } from "./refusal.ts";
import { headerEnd, PREAMBLE, parseHeader, type TensorEntry, tensorNames } from "./safetensorsHeader.ts";

/** Tensor values on the host, row-major. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** What holds these values without loss; float32 where nothing is said. */
  readonly format?: ElementFormat;
  /** The values in stretches with where each begins, of what is not held as a whole. See `partsOf`. */
  parts?(): AsyncIterable<readonly [from: number, values: Float32Array]>;
}

/** What stored bytes are as numbers. @param first the place in the tensor of the first of them. */
type Decode = (bytes: ArrayBuffer, first: number) => Float32Array;

/** A tensor of a file: nothing of it is in memory, and `values` are read whenever they are asked for. */
export class StoredTensor implements HostTensor {
  readonly shape: readonly number[];
  declare readonly values: Float32Array;
  readonly format?: ElementFormat;
  readonly #bytes: FileBytes;
  readonly #place: { readonly begin: number; readonly end: number };
  readonly #decode: Decode;

  /** @param place in the file. */
  constructor(
    { shape, format }: Pick<HostTensor, "shape" | "format">,
    bytes: FileBytes,
    place: { readonly begin: number; readonly end: number },
    decode: Decode,
  ) {
    this.shape = shape;
    if (format) this.format = format;
    this.#bytes = bytes;
    this.#place = place;
    this.#decode = decode;
    const { begin, end } = place;
    // One of its own, for what looks at all that an object has.
    Object.defineProperty(this, "values", {
      enumerable: true,
      get: () => decode(ownBuffer(bytes.at(begin, end)), 0),
    });
  }

  async *parts(): AsyncGenerator<readonly [from: number, values: Float32Array]> {
    const { begin, end } = this.#place;
    let from = 0;
    for await (const stretch of this.#bytes.stretches(begin, end)) {
      const values = this.#decode(ownBuffer(stretch), from);
      yield [from, values];
      from += values.length;
    }
  }
}

/** A buffer with these bytes alone, which need not be aligned where they are. */
function ownBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.length === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}

/** A tensor from its start to its end, in stretches with where each begins; each is good until the next is asked for. */
export async function* partsOf(tensor: HostTensor): AsyncGenerator<readonly [from: number, values: Float32Array]> {
  if (tensor.parts) yield* tensor.parts();
  else yield [0, tensor.values];
}

/** A safetensors file, checked as a whole before any value is read. */
export class SafetensorsFile {
  readonly name: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly #bytes: FileBytes;
  /** Where the data start. */
  readonly begin: number;

  /**
   * The format: 8 bytes with the length N of the header, little-endian; N bytes of JSON; the data, which the tensors
   * cover without gap or overlap.
   *
   * @param name for messages.
   * @throws RefusedFileError naming the first rule that the file breaks.
   */
  constructor(file: ArrayBuffer | FileBytes, name = "model.safetensors") {
    this.name = name;
    const bytes = file instanceof ArrayBuffer ? inMemory(file) : file;
    const end = headerEnd(bytes.at(0, Math.min(PREAMBLE, bytes.size)), bytes.size, name);
    const { entries, metadata } = parseHeader(bytes.at(8, end), bytes.size, name);
    this.entries = entries;
    this.metadata = metadata;
    this.#bytes = bytes;
    this.begin = end;
  }

  /** Names of tensors; scales of I8 matrices are part of these and have none of their own. */
  get names(): string[] {
    return tensorNames(this.entries);
  }

  /** Tensors with a value that is no finite number; reads all that can have such. */
  get notFinite(): string[] {
    const canBe = (name: string) => floatTypes.has(this.entries.get(name)!.dtype);
    return this.names.filter((name) => canBe(name) && !this.read(name).values.every(Number.isFinite));
  }

  /**
   * A tensor as float32. F16 and BF16 are widened, F64 is rounded, I8 [rows, …] is multiplied by the F32 scale of its
   * row, which lies in `name.scale`; other whole numbers are read up to 2^24, which float32 holds exactly.
   *
   * @throws RefusedFileError when there is no such tensor or its values cannot be read.
   */
  read(name: string): HostTensor {
    const { shape, values, format } = this.stored(name);
    return { shape, values, ...(format && { format }) };
  }

  /** The same, read where and when it is asked for; what is wrong with values is thrown then. */
  stored(name: string): StoredTensor {
    const entry = this.entries.get(name);
    if (!entry) throw new RefusedFileError("tensor-missing", `${this.name}: there is no tensor ${shown(name)}`);
    const { dtype, shape, begin, end } = entry;
    const place = { begin: this.begin + begin, end: this.begin + end };
    const stored = (decode: Decode, format?: ElementFormat) =>
      new StoredTensor({ shape, ...(format && { format }) }, this.#bytes, place, decode);
    switch (dtype) {
      case "F32":
        return stored((bytes) => new Float32Array(bytes));
      case "F64":
        return stored((bytes) => Float32Array.from(new Float64Array(bytes)));
      case "F16":
        return stored((bytes) => unpacked(new Uint16Array(bytes), "float16"), "float16");
      case "BF16":
        return stored((bytes) => unpacked(new Uint16Array(bytes), "bfloat16"), "bfloat16");
      case "I8":
        if (this.entries.has(`${name}.scale`)) {
          const [rows = 1] = shape;
          const scales = this.#scalesOf(name, rows);
          return stored((bytes, first) => rescaled(new Int8Array(bytes), first, (end - begin) / rows, scales));
        }
    }
    return stored((bytes) => this.#whole(name, dtype, bytes));
  }

  #whole(name: string, dtype: string, bytes: ArrayBuffer): Float32Array {
    const integers = wholeNumbers.get(dtype);
    const stored = integers && Array.from(new integers(bytes) as ArrayLike<number | bigint>, Number);
    if (!stored?.every((value) => Math.abs(value) <= 2 ** 24)) {
      const what = stored ? "holds whole numbers over 2^24" : `holds ${dtype}`;
      throw new RefusedFileError(
        "dtype-unsupported",
        `${this.name}: ${shown(name)} ${what}, which cannot be read as float32`,
        "Save the checkpoint in F32, F16 or BF16.",
      );
    }
    return Float32Array.from(stored);
  }

  #scalesOf(name: string, rows: number): Float32Array {
    const scale = this.entries.get(`${name}.scale`);
    if (scale?.dtype !== "F32" || scale.shape.join() !== `${rows}`) {
      throw new RefusedFileError(
        "bad-scale",
        `${this.name}: ${shown(name)} holds I8 and needs ${shown(name)}.scale, F32 [${rows}]${scale ? `, which is ${scale.dtype} [${scale.shape}]` : ""}`,
        "Save the checkpoint in F32, F16 or BF16.",
      );
    }
    return this.read(`${name}.scale`).values;
  }
}

/** @param from the place of the first within its tensor, of which each row has `width`. */
function rescaled(stored: Int8Array, from: number, width: number, scales: Float32Array): Float32Array {
  return Float32Array.from(stored, (value, at) => value * scales[Math.floor((from + at) / width)]!);
}

/** Whether all values are finite numbers; they are read one stretch at a time. */
export async function areFinite(tensor: HostTensor): Promise<boolean> {
  for await (const [, values] of partsOf(tensor)) if (!values.every(Number.isFinite)) return false;
  return true;
}

/** Whether two tensors have the same values to the bit; they are read one stretch at a time. */
export async function areSame(one: HostTensor, other: HostTensor): Promise<boolean> {
  const sizeOf = ({ shape }: HostTensor) => shape.reduce((product, each) => product * each, 1);
  if (sizeOf(one) !== sizeOf(other)) return false;
  const others = partsOf(other);
  for await (const [, values] of partsOf(one)) {
    const [, same] = (await others.next()).value as readonly [number, Float32Array];
    if (!values.every((value, at) => Object.is(value, same[at]))) return false;
  }
  return true;
}

/** Element types of weights that mean something by themselves. */
export const floatTypes: ReadonlySet<string> = new Set(["F32", "F16", "BF16", "F64"]);

type WholeNumbers = new (bytes: ArrayBuffer) => ArrayLike<number> | ArrayLike<bigint>;

/** How whole numbers are stored, by the names of the format. */
const wholeNumbers: ReadonlyMap<string, WholeNumbers> = new Map<string, WholeNumbers>([
  ["BOOL", Uint8Array],
  ["U8", Uint8Array],
  ["I8", Int8Array],
  ["I16", Int16Array],
  ["U16", Uint16Array],
  ["I32", Int32Array],
  ["U32", Uint32Array],
  ["I64", BigInt64Array],
  ["U64", BigUint64Array],
]);
