import { listed, type RefusalCode, RefusedFileError, shown } from "./refusal.ts";
import { type Json, JsonError, type JsonObject, parseStrictJson, plainInteger } from "./strictJson.ts";

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

/** What stands at the start of a safetensors file: where each tensor lies, and texts. */
export interface SafetensorsHeader {
  /** In the order of the header, by name. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Where in the file the data start. */
  readonly end: number;
}

/** Bytes from a file's start that `headerEnd` looks at: the length, and what tells other kinds of files. */
export const PREAMBLE = 64;

/**
 * Where the header of a safetensors file ends.
 *
 * @param start the first `PREAMBLE` bytes of the file, or all that it has.
 * @param size bytes of the whole file.
 * @param file for messages.
 * @throws RefusedFileError when there is no header of that length.
 */
export function headerEnd(start: Uint8Array, size: number, file: string): number {
  if (start.length < 8) {
    throw new RefusedFileError(
      "file-too-short",
      `${file} has ${start.length} bytes, too few for a safetensors file`,
      foreign(start),
    );
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) {
    throw new RefusedFileError(
      "header-too-large",
      `${file}: its first 8 bytes announce a header of ${length} bytes`,
      foreign(start),
    );
  }
  const end = 8 + Number(length);
  if (end > size) {
    throw new RefusedFileError(
      "header-past-eof",
      `${file}: its header should be ${length} bytes long, but ${size - 8} are left`,
      foreign(start) ?? "The file seems to be cut off; download it again.",
    );
  }
  return end;
}

/**
 * Checks the header of a safetensors file as a whole.
 *
 * @param json the bytes from the 8th to where the header ends.
 * @param size bytes of the whole file, which the tensors must cover.
 * @param file for messages.
 * @throws RefusedFileError naming the first rule that the file breaks.
 */
export function parseHeader(json: Uint8Array, size: number, file: string): SafetensorsHeader {
  const header = headerObject(json, file);
  const entries = new Map<string, TensorEntry>();
  for (const [key, entry] of header) if (key !== "__metadata__") entries.set(key, entryOf(file, key, entry));
  const end = 8 + json.length;
  checkCover(file, entries, size - end);
  return { entries, metadata: metadataOf(header, file), end };
}

/** Names of tensors; scales of I8 matrices are part of these and have none of their own. */
export function tensorNames(entries: ReadonlyMap<string, TensorEntry>): string[] {
  const isScale = (name: string) =>
    name.endsWith(".scale") && entries.get(name.slice(0, -".scale".length))?.dtype === "I8";
  return [...entries.keys()].filter((name) => !isScale(name));
}

function headerObject(bytes: Uint8Array, file: string): JsonObject {
  if (bytes[0] !== 0x7b) {
    throw new RefusedFileError("header-start", `${file}: its header does not start with "{"`, foreign(bytes));
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RefusedFileError("header-not-utf8", `${file}: its header is not UTF-8 text`, damaged, { cause });
  }
  try {
    // What starts with "{" and parses is an object.
    return parseStrictJson(text) as JsonObject;
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new RefusedFileError(faults[cause.fault], `${file}: its header is not valid: ${cause.message}`, damaged, {
      cause,
    });
  }
}

const faults = {
  syntax: "header-not-json",
  surrogate: "bad-name",
  depth: "header-too-deep",
  duplicate: "duplicate-key",
} as const;

function metadataOf(header: JsonObject, file: string): ReadonlyMap<string, string> {
  const metadata = header.get("__metadata__") ?? null;
  if (metadata === null) return new Map();
  if (!(metadata instanceof Map) || [...metadata.values()].some((value) => typeof value !== "string")) {
    throw new RefusedFileError("bad-metadata", `${file}: __metadata__ must be texts by name`, damaged);
  }
  return metadata as ReadonlyMap<string, string>;
}

function entryOf(file: string, name: string, entry: Json): TensorEntry {
  const refuse = (code: RefusalCode, what: string) =>
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
