import { CheckpointError } from "../errors.ts";

/**
 * A safetensors file with float32 tensors in the given order.
 *
 * @param metadata texts by name; what other programs look for is `format: "pt"`.
 * @throws CheckpointError when a tensor's values do not fill its shape.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: ArrayLike<number> }>,
  metadata: Readonly<Record<string, string>> = {},
): ArrayBuffer {
  let end = 0;
  const entries: [string, object][] = [["__metadata__", metadata]];
  for (const [name, { shape, values }] of tensors) {
    if (values.length !== shape.reduce((product, size) => product * size, 1)) {
      throw new CheckpointError(`${name} [${shape}] cannot be saved with ${values.length} values`);
    }
    const begin = end;
    end += 4 * values.length;
    entries.push([name, { dtype: "F32", shape, data_offsets: [begin, end] }]);
  }
  const text = JSON.stringify(Object.fromEntries(entries));
  const json = new TextEncoder().encode(text);
  // Spaces after the header start the data at a multiple of 8 bytes, where readers may look at it in place.
  const header = 8 * Math.ceil(json.length / 8);
  const bytes = new Uint8Array(8 + header + end).fill(0x20, 8, 8 + header);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header), true);
  bytes.set(json, 8);
  let at = 8 + header;
  for (const { values } of tensors.values()) {
    new Float32Array(bytes.buffer, at, values.length).set(values);
    at += 4 * values.length;
  }
  return bytes.buffer;
}
