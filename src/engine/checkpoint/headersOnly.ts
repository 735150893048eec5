import { type CheckpointFiles, openFile, readingAt } from "./files.ts";
import { headerEnd, PREAMBLE } from "./safetensorsHeader.ts";

/**
 * A checkpoint whose weights are all zero: what a run on it would take can be counted without reading, or having, its
 * weights. Sources that cannot be read in slices have theirs in memory and are what they were.
 */
export function headersOnly(files: CheckpointFiles): CheckpointFiles {
  const { size: sizeOf, slice } = files;
  if (!sizeOf || !slice) return files;
  return {
    ...files,
    async open(name, onProgress) {
      if (!name.endsWith(".safetensors")) return openFile(files, name, onProgress);
      const size = await sizeOf.call(files, name);
      const part = async (from: number, to: number) => new Uint8Array(await slice.call(files, name, from, to));
      const preamble = await part(0, Math.min(PREAMBLE, size));
      const header = await part(0, headerEnd(preamble, size, name));
      const bytes = readingAt(size, (from, to) => {
        const zeros = new Uint8Array(to - from);
        if (from < header.length) zeros.set(header.subarray(from, to));
        return zeros;
      });
      // In stretches weights are only looked through and written to a device, neither of which zeros need.
      return { ...bytes, async *stretches() {} };
    },
  };
}
