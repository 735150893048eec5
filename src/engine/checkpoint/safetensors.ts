import { listed, RefusedFileError, shown } from "./refusal.ts";
import { type Json, JsonError, type JsonObject, parseStrictJson, plainInteger } from "./strictJson.ts";

/** Tensor values on the host, row-major. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Bits of an element, by the names of the format. Those under 8 are known but cannot be read here. */
const dtypeBits: ReadonlyMap<string, number> = new Map([
  ["BOOL", 8],
  ["U8", 8],
  ["I8", 8],
  ["F8_E5M2", 8],
  ["F8_E4M3", 8],
  ["F8_E8M0", 8],
  ["I16", 16],
  ["U16", 16],
  ["F16", 16],
  ["BF16", 16],
  ["I32", 32],
  ["U32", 32],
  ["F32", 32],
  ["C64", 64],
  ["F64", 64],
  ["I64", 64],
  ["U64", 64],
  ["F4", 4],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
]);

/** What the header says of a tensor; `begin` and `end` count bytes from the start of the data. */
export interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const MAX_HEADER = 100_000_000n;

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
    const header = headerOf(bytes, name);
    this.#data = bytes.subarray(header.end);
    this.metadata = metadataOf(header.json, name);
    const entries = new Map<string, TensorEntry>();
    for (const [key, entry] of header.json) if (key !== "__metadata__") entries.set(key, entryOf(name, key, entry));
    checkCover(name, entries, this.#data.length);
    this.entries = entries;
  }

  /** Names of tensors; scales of I8 matrices are part of these and have none of their own. */
  get names(): string[] {
    return [...this.entries.keys()].filter((name) => !this.#isScale(name));
  }

  /**
   * A tensor as float32. F16 and BF16 are widened, F64 is rounded, and I8 [rows, …] is multiplied by the F32 scale of
   * its row, which lies in `name.scale`.
   *
   * @throws RefusedFileError when there is no such tensor or its element type cannot be read.
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
        return { shape, values: widened(new Uint16Array(bytes), halfValues()) };
      case "BF16":
        return { shape, values: fromBfloat(new Uint16Array(bytes)) };
      case "I8":
        return { shape, values: this.#rescaled(name, shape, new Int8Array(bytes)) };
    }
    throw new RefusedFileError(
      "dtype-unsupported",
      `${this.name}: ${shown(name)} holds ${dtype}, which cannot be read as weights`,
      "Save the checkpoint in F32, F16 or BF16.",
    );
  }

  #isScale(name: string): boolean {
    return name.endsWith(".scale") && this.entries.get(name.slice(0, -".scale".length))?.dtype === "I8";
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

function headerOf(bytes: Uint8Array, file: string): { json: JsonObject; end: number } {
  if (bytes.length < 8) {
    throw new RefusedFileError(
      "file-too-short",
      `${file} has ${bytes.length} bytes, too few for a safetensors file`,
      foreign(bytes),
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) {
    throw new RefusedFileError(
      "header-too-large",
      `${file}: its first 8 bytes announce a header of ${length} bytes`,
      foreign(bytes),
    );
  }
  const end = 8 + Number(length);
  if (end > bytes.length) {
    throw new RefusedFileError(
      "header-past-eof",
      `${file}: its header should be ${length} bytes long, but ${bytes.length - 8} are left`,
      foreign(bytes) ?? "The file seems to be cut off; download it again.",
    );
  }
  if (bytes[8] !== 0x7b || length === 0n) {
    throw new RefusedFileError("header-start", `${file}: its header does not start with "{"`, foreign(bytes));
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, end));
  } catch (cause) {
    throw new RefusedFileError("header-not-utf8", `${file}: its header is not UTF-8 text`, damaged, {
      cause,
    });
  }
  try {
    // What starts with "{" and parses is an object.
    return { json: parseStrictJson(text) as JsonObject, end };
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const code = (
      {
        syntax: "header-not-json",
        surrogate: "bad-name",
        depth: "header-too-deep",
        duplicate: "duplicate-key",
      } as const
    )[cause.fault];
    throw new RefusedFileError(code, `${file}: its header is not valid: ${cause.message}`, damaged, {
      cause,
    });
  }
}

function metadataOf(header: JsonObject, file: string): ReadonlyMap<string, string> {
  const metadata = header.get("__metadata__") ?? null;
  if (metadata === null) return new Map();
  if (!(metadata instanceof Map) || [...metadata.values()].some((value) => typeof value !== "string")) {
    throw new RefusedFileError("bad-metadata", `${file}: __metadata__ must be texts by name`, damaged);
  }
  return metadata as ReadonlyMap<string, string>;
}

function entryOf(file: string, name: string, entry: Json): TensorEntry {
  const refuse = (code: ConstructorParameters<typeof RefusedFileError>[0], what: string) =>
    new RefusedFileError(code, `${file}: ${shown(name)} ${what}`, damaged);
  if (!(entry instanceof Map)) throw refuse("bad-entry", "is not described by an object");
  const { dtype, shape, offsets } = {
    dtype: entry.get("dtype"),
    shape: entry.get("shape"),
    offsets: entry.get("data_offsets"),
  };
  if (typeof dtype !== "string") throw refuse("bad-entry", "has no dtype");
  const bits = dtypeBits.get(dtype);
  if (bits === undefined) throw refuse("dtype-unknown", `has the unknown dtype ${shown(dtype)}`);
  if (!Array.isArray(shape)) throw refuse(shape === undefined ? "bad-entry" : "bad-shape", "has no shape");
  if (!Array.isArray(offsets) || offsets.length !== 2) throw refuse("bad-entry", "has no pair of data_offsets");

  const sizes = shape.map((size: Json) => plainInteger(size));
  if (!sizes.every((size) => size !== undefined))
    throw refuse("bad-shape", "has a shape that is not made of whole numbers");
  const [begin, end] = offsets.map((offset: Json) => plainInteger(offset));
  if (begin === undefined || end === undefined || end < begin)
    throw refuse("bad-offsets", "has data_offsets that are no range");
  if (bits < 8) throw refuse("dtype-unsupported", `holds ${dtype}, which cannot be read`);
  let bytes = BigInt(bits / 8);
  for (const size of sizes) {
    bytes *= BigInt(size);
    // An empty axis later on does not make an overflow before it harmless: other readers multiply in this order.
    if (bytes > 2n ** 63n - 1n) throw refuse("shape-overflow", `[${listed(sizes.map(String), 8)}] is too large`);
  }
  if (bytes !== BigInt(end - begin)) {
    const given = (end - begin).toLocaleString("en");
    throw refuse(
      "offset-mismatch",
      `has ${given} bytes, [${listed(sizes.map(String), 8)}] in ${dtype} needs ${bytes.toLocaleString("en")}`,
    );
  }
  return { dtype, shape: sizes, begin, end };
}

function checkCover(file: string, entries: ReadonlyMap<string, TensorEntry>, size: number): void {
  const sorted = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const longest = sorted.at(-1);
  if (longest && longest[1].end > size) {
    throw new RefusedFileError(
      "data-truncated",
      `${file}: ${shown(longest[0])} should end at byte ${longest[1].end.toLocaleString("en")} of the data, which has ${size.toLocaleString("en")}`,
      "The file seems to be cut off; download it again.",
    );
  }
  let covered = 0;
  for (const [name, { begin, end }] of sorted) {
    if (begin !== covered) {
      const what = begin < covered ? "overlaps the tensor before it" : "leaves a gap before it";
      throw new RefusedFileError("offset-gap-or-overlap", `${file}: ${shown(name)} ${what}`, damaged);
    }
    covered = end;
  }
  if (covered < size) {
    throw new RefusedFileError(
      "trailing-bytes",
      `${file}: ${(size - covered).toLocaleString("en")} bytes follow the last tensor`,
      damaged,
    );
  }
}

const damaged = "The file is damaged or was written by a faulty program; get it again from where it came from.";

/** What a file that is no safetensors file seems to be. */
function foreign(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 64)).trimStart().toLowerCase();
  if (start.startsWith("<")) return "This is a web page: the download was answered by an error or a login page.";
  if (start.startsWith("version https://git-lfs"))
    return "This is a git-lfs pointer: download the file that it stands for.";
  if (start.startsWith("pk")) return "This is a zip archive, perhaps a PyTorch checkpoint: convert it to safetensors.";
  if (start.startsWith("gguf")) return "This is a GGUF file: use the safetensors checkpoint that it was made from.";
  return undefined;
}

export function widened(stored: Uint16Array, table: Float32Array): Float32Array {
  const values = new Float32Array(stored.length);
  for (let i = 0; i < stored.length; i++) values[i] = table[stored[i]!]!;
  return values;
}

export function fromBfloat(stored: Uint16Array): Float32Array {
  const bits = new Uint32Array(stored.length);
  for (let i = 0; i < stored.length; i++) bits[i] = stored[i]! << 16;
  return new Float32Array(bits.buffer);
}

let halves: Float32Array | undefined;

/** The value of every half-precision number (IEEE 754 binary16), by its bits. */
export function halfValues(): Float32Array {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const sign = bits >> 15 ? -1 : 1;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return halves;
}
