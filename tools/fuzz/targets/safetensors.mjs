import { damaged, joined } from "../bytes.mjs";
import { damagedJson } from "../json.mjs";
import { verdictOf } from "../safetensorsOracle.mjs";

const encoder = new TextEncoder();
const floats = (...values) => new Uint8Array(Float32Array.from(values).buffer);
const entry = (dtype, shape, begin, end) => ({ dtype, shape, data_offsets: [begin, end] });

/** Small files that use every part of the format, as header and data. */
const seeds = [
  [{ w: entry("F32", [2, 2], 0, 16) }, floats(1, 2, 3, 4)],
  [{ __metadata__: { format: "pt" }, a: entry("F16", [3], 0, 6), b: entry("BF16", [1, 1], 6, 8) }, floats(1, 2)],
  [{ z: entry("F32", [0, 7], 0, 0), s: entry("F32", [], 0, 4), w: entry("U8", [3], 4, 7) }, floats(5, 6).slice(0, 7)],
  [{ "w.scale": entry("F32", [2], 0, 8), w: entry("I8", [2, 3], 8, 14) }, floats(1, 2, 3, 4).slice(0, 14)],
  [{ d: entry("F64", [1], 8, 16), i: entry("I64", [1], 0, 8), f: entry("F8_E4M3", [2], 16, 18) }, new Uint8Array(18)],
];

function fileOf(json, data, random) {
  const text = encoder.encode(json + " ".repeat(random.below(9)));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(
    0,
    BigInt(text.length) + (random.once(30) ? BigInt(random.below(5)) - 2n : 0n),
    true,
  );
  return joined(length, text, data);
}

export default {
  modules: ["/src/engine/checkpoint/safetensors.ts"],
  file: "model.safetensors",

  input(random) {
    const [header, data] = random.of(seeds);
    const isJsonWhole = random.once(4);
    const bytes = fileOf(isJsonWhole ? JSON.stringify(header) : damagedJson(header, random), data, random);
    return isJsonWhole || random.once(8) ? damaged(bytes, random) : bytes;
  },

  /** Opens and reads a file as the page does, and holds the verdict against another reader's. */
  run({ SafetensorsFile }, bytes) {
    const buffer = bytes.slice().buffer;
    let file;
    let code;
    try {
      file = new SafetensorsFile(buffer);
    } catch (error) {
      code = error.code ?? String(error);
    }
    const wanted = verdictOf(bytes);
    if ((wanted === undefined) !== (code === undefined)) {
      throw new TypeError(`the second reader says ${wanted ?? "accepted"}, the first ${code ?? "accepted"}`);
    }
    // What has been refused is refused again, for its error to be looked at.
    if (code !== undefined) return new SafetensorsFile(buffer);
    for (const name of file.names) {
      try {
        const { shape, values } = file.read(name);
        if (values.length !== shape.reduce((product, size) => product * size, 1))
          throw new TypeError(`${name} is not filled`);
      } catch (error) {
        if (error.code !== "dtype-unsupported" && error.code !== "bad-scale") throw error;
      }
    }
    if (!(file.notFinite.length <= file.names.length)) throw new TypeError("more tensors than there are");
    return file;
  },
};
