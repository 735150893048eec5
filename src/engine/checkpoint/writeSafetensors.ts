import { CheckpointError } from "../errors.ts";

interface Shaped {
  readonly shape: readonly number[];
}

/**
 * A safetensors file with float32 tensors in the given order.
 *
 * @param metadata texts by name; what other programs look for is `format: "pt"`.
 * @throws CheckpointError when a tensor's values do not fill its shape.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Shaped & { readonly values: ArrayLike<number> }>,
  metadata: Readonly<Record<string, string>> = {},
): ArrayBuffer {
  const header = safetensorsHeader(tensors, metadata);
  const bytes = new Uint8Array(header.size);
  bytes.set(header.bytes);
  let at = header.bytes.length;
  for (const [name, { shape, values }] of tensors) {
    if (values.length !== sizeOf(shape)) {
      throw new CheckpointError(`${name} [${shape}] cannot be saved with ${values.length} values`);
    }
    new Float32Array(bytes.buffer, at, values.length).set(values);
    at += 4 * values.length;
  }
  return bytes.buffer;
}

/** What stands before the values of float32 tensors, and the bytes of the whole file. */
export function safetensorsHeader(
  tensors: ReadonlyMap<string, Shaped>,
  metadata: Readonly<Record<string, string>>,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly size: number } {
  let end = 0;
  const entries: [string, object][] = [["__metadata__", metadata]];
  for (const [name, { shape }] of tensors) {
    const begin = end;
    end += 4 * sizeOf(shape);
    entries.push([name, { dtype: "F32", shape, data_offsets: [begin, end] }]);
  }
  const text = JSON.stringify(Object.fromEntries(entries));
  const json = new TextEncoder().encode(text);
  // Spaces after the header start the data at a multiple of 8 bytes, where readers may look at it in place.
  const length = 8 * Math.ceil(json.length / 8);
  const bytes = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return { bytes, size: bytes.length + end };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
