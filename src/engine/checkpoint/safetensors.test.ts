import { describe, expect, test } from "vitest";
import { RefusedFileError } from "./refusal.ts";
import { SafetensorsFile } from "./safetensors.ts";
import { writeSafetensors } from "./writeSafetensors.ts";

/** A file with this header and these data; the header's length is right unless given. */
function file(header: string | object, data: ArrayLike<number> = [], length?: bigint): ArrayBuffer {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes.buffer;
}

const bytesOf = (values: { buffer: ArrayBufferLike }) => new Uint8Array(values.buffer);
const entry = (dtype: string, shape: readonly unknown[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const refusal = (buffer: ArrayBuffer): string => {
  try {
    new SafetensorsFile(buffer);
  } catch (error) {
    if (error instanceof RefusedFileError) return error.code;
    throw error;
  }
  return "accepted";
};

describe("reading safetensors", () => {
  test("float32 values come back bit for bit, wherever they start", () => {
    const values = Float32Array.of(1.5, -0, 1e-45, 3e38);
    const odd = file(`{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}} `, bytesOf(values));
    expect(new SafetensorsFile(odd).read("a")).toEqual({ shape: [2, 2], values });
  });

  test("half precision is widened exactly, down to the smallest subnormal", () => {
    const bits = Uint16Array.of(0x0001, 0x03ff, 0x0400, 0x3555, 0x7bff, 0x8000, 0xbc00, 0x7c00);
    const { values } = new SafetensorsFile(file({ h: entry("F16", [8], 0, 16) }, bytesOf(bits))).read("h");
    expect([...values]).toEqual([
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      0.333251953125,
      65504,
      -0,
      -1,
      Number.POSITIVE_INFINITY,
    ]);
  });

  test("bfloat16 is the upper half of a float32", () => {
    const bits = Uint16Array.of(0x3f80, 0xc049, 0x0001);
    const { values } = new SafetensorsFile(file({ b: entry("BF16", [3], 0, 6) }, bytesOf(bits))).read("b");
    expect([...values]).toEqual([1, -3.140625, 2 ** -133]);
  });

  test("int8 rows are multiplied by their scales, which are no tensor of their own", () => {
    const data = [...bytesOf(Float32Array.of(0.5, 0.25)), ...bytesOf(Int8Array.of(1, -2, 127, -128, 0, 4))];
    const read = new SafetensorsFile(file({ "w.scale": entry("F32", [2], 0, 8), w: entry("I8", [2, 3], 8, 14) }, data));
    expect(read.names).toEqual(["w"]);
    expect([...read.read("w").values]).toEqual([0.5, -1, 63.5, -32, 0, 1]);
  });

  test("int8 whose scales are no row's is refused when it is read", () => {
    const data = [...bytesOf(Float32Array.of(1)), 1, 2];
    const read = new SafetensorsFile(file({ "w.scale": entry("F32", [1], 0, 4), w: entry("I8", [2, 1], 4, 6) }, data));
    expect(() => read.read("w")).toThrow("model.safetensors: w holds I8 and needs w.scale, F32 [2], which is F32 [1]");
  });

  test("whole numbers are read as far as float32 holds them", () => {
    const read = (dtype: string, values: { buffer: ArrayBufferLike; length: number }) => [
      ...new SafetensorsFile(
        file({ n: entry(dtype, [values.length], 0, values.buffer.byteLength) }, bytesOf(values)),
      ).read("n").values,
    ];
    expect(read("U8", Uint8Array.of(0, 255))).toEqual([0, 255]);
    expect(read("I8", Int8Array.of(-128, 127))).toEqual([-128, 127]);
    expect(read("I16", Int16Array.of(-32768))).toEqual([-32768]);
    expect(read("I64", BigInt64Array.of(-3n, 2n ** 24n))).toEqual([-3, 2 ** 24]);
    expect(() => read("U32", Uint32Array.of(2 ** 24 + 1))).toThrow("n holds whole numbers over 2^24");
  });

  test("formats that are known and not read are refused by name", () => {
    const read = new SafetensorsFile(file({ w: entry("F8_E4M3", [2], 0, 2) }, [1, 2]));
    expect(() => read.read("w")).toThrow("w holds F8_E4M3, which cannot be read as float32");
  });

  test("any name will do, and the order of the header does not matter", () => {
    const data = bytesOf(Float32Array.of(1, 2));
    const header = `{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`;
    const read = new SafetensorsFile(file(header, data));
    expect([...read.read("__proto__").values]).toEqual([2]);
    expect(read.read("")).toEqual({ shape: [], values: Float32Array.of(1) });
  });

  const four = new Uint8Array(4);
  const refused: Record<string, [code: string, buffer: ArrayBuffer]> = {
    "shorter than its length field": ["file-too-short", new ArrayBuffer(7)],
    "a header longer than 100 MB": ["header-too-large", file("{}", [], 100_000_001n)],
    "a length whose upper half matters": ["header-too-large", file("{}", [], (1n << 32n) + 2n)],
    "a header that goes on after the end": ["header-past-eof", file("{}", [], 3n)],
    "a header that does not start with a brace": ["header-start", file(" {}")],
    "an empty header": ["header-start", file("")],
    "a header that is cut": ["header-not-json", file("{}", [], 1n)],
    "a trailing comma": ["header-not-json", file(`{"a":{"dtype":"F32","shape":[1,],"data_offsets":[0,4]}}`, four)],
    "half a character": ["bad-name", file(`{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, four)],
    "a name twice, once escaped": [
      "duplicate-key",
      file(
        `{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`,
      ),
    ],
    "a million open brackets": ["header-too-deep", file(`{"a":${"[".repeat(1e6)}`)],
    "an entry that is a list": ["bad-entry", file({ a: ["F32", [1], [0, 4]] }, four)],
    "metadata that are no texts": ["bad-metadata", file({ __metadata__: { step: 1 } })],
    "a dtype out of the prototype": ["dtype-unknown", file({ a: entry("toString", [1], 0, 4) }, four)],
    "a shape written as 1.0": ["bad-shape", file(`{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`, four)],
    "a negative size": ["bad-shape", file({ a: entry("F32", [-1, -1], 0, 4) }, four)],
    "a size that wraps to 0": ["shape-overflow", file({ a: entry("F32", [2 ** 32, 2 ** 32], 0, 0) })],
    "offsets in reverse": ["bad-offsets", file({ a: entry("F32", [1], 4, 0) }, four)],
    "fewer bytes than the shape needs": ["offset-mismatch", file({ a: entry("F32", [2], 0, 4) }, four)],
    "two tensors in one place": [
      "offset-gap-or-overlap",
      file({ a: entry("F32", [1], 0, 4), b: entry("F32", [1], 0, 4) }, four),
    ],
    "a gap": ["offset-gap-or-overlap", file({ a: entry("F32", [1], 4, 8) }, new Uint8Array(8))],
    "data that are cut": ["data-truncated", file({ a: entry("F32", [2], 0, 8) }, four)],
    "data that nothing describes": ["trailing-bytes", file({}, four)],
  };
  for (const [what, [code, buffer]] of Object.entries(refused)) {
    test(`refuses ${what}`, () => expect(refusal(buffer)).toBe(code));
  }

  test("says what a file is that only bears the name", () => {
    const page = new TextEncoder().encode("<!doctype html><title>Not found</title>").buffer;
    expect(() => new SafetensorsFile(page)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("web page") }),
    );
  });

  test("the message of a wrong size has both sizes", () => {
    const buffer = file({ "h.0.attn.c_attn.weight": entry("F32", [768, 2304], 0, 8) }, new Uint8Array(8));
    expect(() => new SafetensorsFile(buffer)).toThrow(
      "model.safetensors: h.0.attn.c_attn.weight has 8 bytes, [768, 2304] in F32 needs 7,077,888",
    );
  });
});

describe("writing safetensors", () => {
  test("what is written is read back, with its metadata", () => {
    const tensors = new Map([
      ["base_model.model.a.lora_A.weight", { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ["empty", { shape: [0, 5], values: new Float32Array(0) }],
      ["Größe", { shape: [1], values: Float64Array.of(0.1) }],
    ]);
    const buffer = writeSafetensors(tensors, { format: "pt" });
    const read = new SafetensorsFile(buffer);
    expect([...read.metadata]).toEqual([["format", "pt"]]);
    expect(read.names).toEqual([...tensors.keys()]);
    for (const [name, { shape, values }] of tensors) {
      expect(read.read(name)).toEqual({ shape, values: Float32Array.from(values) });
    }
    // The data start where readers may look at them in place.
    expect(new DataView(buffer).getBigUint64(0, true) % 8n).toBe(0n);
  });

  test("values that do not fill the shape are refused", () => {
    const tensors = new Map([["a", { shape: [2, 2], values: [1, 2, 3] }]]);
    expect(() => writeSafetensors(tensors)).toThrow("a [2,2] cannot be saved with 3 values");
  });
});
