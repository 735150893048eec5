import type { CheckpointFiles } from "../../engine/checkpoint/checkpoint.ts";
import { headerEnd, PREAMBLE } from "../../engine/checkpoint/safetensorsHeader.ts";

/** A checkpoint whose weights are all zero: what a run on it would take can be counted without its weights. */
export function headersOnly(
  files: CheckpointFiles & Required<Pick<CheckpointFiles, "slice" | "size">>,
): CheckpointFiles {
  return {
    ...files,
    async read(name, onProgress) {
      if (!name.endsWith(".safetensors")) return files.read(name, onProgress);
      const size = await files.size(name);
      const preamble = new Uint8Array(await files.slice(name, 0, Math.min(PREAMBLE, size)));
      const end = headerEnd(preamble, size, name);
      const content = new Uint8Array(size);
      content.set(preamble);
      content.set(new Uint8Array(await files.slice(name, 8, end)), 8);
      return content.buffer;
    },
  };
}
