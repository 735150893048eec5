import { unzipSync } from "fflate";
import { RefusedFileError, shown } from "../checkpoint/refusal.ts";

/** Bytes that the files of an archive may have together, unpacked: more than any adapter of a supported model. */
const MAX_BYTES = 512 * 2 ** 20;
const MAX_FILES = 64;

/**
 * The files of a zip archive by name, with the folders around them. Sizes are looked at before anything is unpacked, and
 * names go nowhere but into a map.
 *
 * @throws RefusedFileError where it is damaged, too large, or has the same name twice.
 */
export function unzipped(buffer: ArrayBuffer, file: string): ReadonlyMap<string, ArrayBuffer> {
  const refuse = (code: "zip-damaged" | "zip-too-large", what: string, options?: ErrorOptions) =>
    new RefusedFileError(code, `${file}: ${what}`, "Take the zip that Rankscope or PEFT's users make.", options);
  let bytes = 0;
  let count = 0;
  const names = new Set<string>();
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(new Uint8Array(buffer), {
      filter({ name, originalSize }) {
        if (name.endsWith("/")) return false;
        bytes += originalSize;
        if (++count > MAX_FILES) throw refuse("zip-too-large", `it has more than ${MAX_FILES} files`);
        if (bytes > MAX_BYTES) throw refuse("zip-too-large", "unpacked, its files have more than 512 MiB");
        if (names.has(name)) throw refuse("zip-damaged", `it has two files ${shown(name)}`);
        names.add(name);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof RefusedFileError) throw cause;
    throw refuse("zip-damaged", "it is no zip archive, or a damaged one", { cause });
  }
  return new Map(Object.entries(entries).map(([name, content]) => [name, content.slice().buffer as ArrayBuffer]));
}
