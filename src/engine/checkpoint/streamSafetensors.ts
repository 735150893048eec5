import { type FileBytes, readingAt } from "./files.ts";
import { type HostTensor, partsOf } from "./safetensors.ts";
import { safetensorsHeader } from "./writeSafetensors.ts";

/** A file that is made while it is read, and never there as a whole. */
export interface StreamedFile {
  readonly size: number;
  /** Its bytes in order; each piece is good until the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A safetensors file whose header is there already. */
export interface StreamedSafetensors extends StreamedFile {
  /** What can be looked at without making the rest: the header. */
  readonly head: FileBytes;
}

/** What `writeSafetensors` writes, with each tensor read when its turn comes, a stretch at a time. */
export function streamSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): StreamedSafetensors {
  const { bytes: header, size } = safetensorsHeader(tensors, metadata);
  return {
    size,
    head: readingAt(size, (from, to) => header.subarray(from, to)),
    async *chunks() {
      yield header;
      for (const tensor of tensors.values()) {
        for await (const [, { buffer, byteOffset, byteLength }] of partsOf(tensor))
          yield new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
      }
    },
  };
}

/** All of a file at once, for what cannot take it in pieces. */
export async function wholeOf({ size, chunks }: StreamedFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
