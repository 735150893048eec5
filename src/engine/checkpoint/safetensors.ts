import { type ElementFormat, unpacked } from "../kernels/formats.ts";
import { RefusedFileError, shown } from "./refusal.ts";
import { headerEnd, PREAMBLE, parseHeader, type TensorEntry, tensorNames } from "./safetensorsHeader.ts";

/** Tensor values on the host, row-major. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** What holds these values without loss; float32 where nothing is said. */
  readonly format?: ElementFormat;
}

/** A safetensors file, checked as a whole before any value is read. */
export class SafetensorsFile {
  readonly name: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly #data: Uint8Array;

  /**
   * The format: 8 bytes with the length N of the header, little-endian; N bytes of JSON; the data, which the tensors
   * cover without gap or overlap.
   *
   * @param name for messages.
   * @throws RefusedFileError naming the first rule that the file breaks.
   */
  constructor(buffer: ArrayBuffer, name = "model.safetensors") {
    this.name = name;
    const bytes = new Uint8Array(buffer);
    const end = headerEnd(bytes.subarray(0, PREAMBLE), bytes.length, name);
    const { entries, metadata } = parseHeader(bytes.subarray(8, end), bytes.length, name);
    this.entries = entries;
    this.metadata = metadata;
    this.#data = bytes.subarray(end);
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
    const entry = this.entries.get(name);
    if (!entry) throw new RefusedFileError("tensor-missing", `${this.name}: there is no tensor ${shown(name)}`);
    const { dtype, shape } = entry;
    // A copy, since values need not be aligned in the file.
    const bytes = this.#data.slice(entry.begin, entry.end).buffer;
    switch (dtype) {
      case "F32":
        return { shape, values: new Float32Array(bytes) };
      case "F64":
        return { shape, values: Float32Array.from(new Float64Array(bytes)) };
      case "F16":
        return { shape, values: unpacked(new Uint16Array(bytes), "float16"), format: "float16" };
      case "BF16":
        return { shape, values: unpacked(new Uint16Array(bytes), "bfloat16"), format: "bfloat16" };
      case "I8":
        if (this.entries.has(`${name}.scale`)) {
          return { shape, values: this.#rescaled(name, shape, new Int8Array(bytes)) };
        }
    }
    return { shape, values: this.#whole(name, dtype, bytes) };
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

  #rescaled(name: string, shape: readonly number[], stored: Int8Array): Float32Array {
    const scale = this.entries.get(`${name}.scale`);
    const rows = shape[0] ?? 1;
    if (scale?.dtype !== "F32" || scale.shape.join() !== `${rows}`) {
      throw new RefusedFileError(
        "bad-scale",
        `${this.name}: ${shown(name)} holds I8 and needs ${shown(name)}.scale, F32 [${rows}]${scale ? `, which is ${scale.dtype} [${scale.shape}]` : ""}`,
        "Save the checkpoint in F32, F16 or BF16.",
      );
    }
    const scales = this.read(`${name}.scale`).values;
    const width = stored.length / rows;
    const values = new Float32Array(stored.length);
    for (let row = 0, at = 0; row < rows; row++)
      for (let end = at + width; at < end; at++) values[at] = stored[at]! * scales[row]!;
    return values;
  }
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
