import { RefusedFileError } from "../../../src/engine/checkpoint/refusal.ts";
import { SafetensorsFile } from "../../../src/engine/checkpoint/safetensors.ts";
import { damaged, joined } from "../bytes.ts";
import { damagedJson } from "../json.ts";
import type { Random } from "../random.ts";
import { verdictOf } from "../safetensorsOracle.ts";
import type { Target } from "../target.ts";

const encoder = new TextEncoder();
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const entry = (dtype: string, shape: readonly number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/** Small files that use every part of the format, as header and data. */
const seeds: readonly (readonly [header: object, data: Uint8Array<ArrayBuffer>])[] = [
  [{ w: entry("F32", [2, 2], 0, 16) }, floats(1, 2, 3, 4)],
  [{ __metadata__: { format: "pt" }, a: entry("F16", [3], 0, 6), b: entry("BF16", [1, 1], 6, 8) }, floats(1, 2)],
  [{ z: entry("F32", [0, 7], 0, 0), s: entry("F32", [], 0, 4), w: entry("U8", [3], 4, 7) }, floats(5, 6).slice(0, 7)],
  [{ "w.scale": entry("F32", [2], 0, 8), w: entry("I8", [2, 3], 8, 14) }, floats(1, 2, 3, 4).slice(0, 14)],
  [{ d: entry("F64", [1], 8, 16), i: entry("I64", [1], 0, 8), f: entry("F8_E4M3", [2], 16, 18) }, new Uint8Array(18)],
];

function fileOf(json: string, data: Uint8Array<ArrayBuffer>, random: Random) {
  const text = encoder.encode(json + " ".repeat(random.below(9)));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(
    0,
    BigInt(text.length) + (random.once(30) ? BigInt(random.below(5)) - 2n : 0n),
    true,
  );
  return joined(length, text, data);
}

export const target: Target = {
  file: "model.safetensors",

  input(random) {
    const [header, data] = random.of(seeds);
    const isJsonWhole = random.once(4);
    const bytes = fileOf(isJsonWhole ? JSON.stringify(header) : damagedJson(header, random), data, random);
    return isJsonWhole || random.once(8) ? damaged(bytes, random) : bytes;
  },

  /** Opens and reads a file as the page does, and holds the verdict against another reader's. */
  run(bytes) {
    const opened = open(bytes);
    const wanted = verdictOf(bytes);
    if ((wanted === undefined) !== opened instanceof SafetensorsFile) {
      const first = opened instanceof SafetensorsFile ? "accepted" : opened.code;
      throw new TypeError(`the second reader says ${wanted ?? "accepted"}, the first ${first}`);
    }
    if (!(opened instanceof SafetensorsFile)) throw opened;
    for (const name of opened.names) {
      try {
        const { shape, values } = opened.read(name);
        if (values.length !== shape.reduce((product, size) => product * size, 1))
          throw new TypeError(`${name} is not filled`);
      } catch (error) {
        if (!(error instanceof RefusedFileError && ["dtype-unsupported", "bad-scale"].includes(error.code)))
          throw error;
      }
    }
    if (!(opened.notFinite.length <= opened.names.length)) throw new TypeError("more tensors than there are");
  },
};

/** The file, or why it is refused. */
function open(bytes: Uint8Array<ArrayBuffer>): SafetensorsFile | RefusedFileError {
  try {
    return new SafetensorsFile(bytes.slice().buffer);
  } catch (error) {
    if (error instanceof RefusedFileError) return error;
    throw error;
  }
}
