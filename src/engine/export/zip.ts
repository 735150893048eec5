import { zipSync } from "fflate";
import type { FolderFiles } from "./mergedFiles.ts";

/** The earliest time that the format knows: the same files give the same archive, whenever it is made. */
const NO_TIME = "1980-01-01T00:00:00";

/** Files in an archive, uncompressed: numbers of float32 hardly get smaller. */
export function zipped(files: FolderFiles): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content),
  ]);
  return zipSync(Object.fromEntries(entries), { level: 0, mtime: NO_TIME }) as Uint8Array<ArrayBuffer>;
}

/** A name for a download that every file system takes: `deep-lora-narrow_pd-bert_r8_s7_step100.zip`. */
export function downloadName(parts: readonly (string | number)[], ending: string): string {
  const safe = parts.map((part) =>
    String(part)
      .replace(/[^A-Za-z0-9.-]+/g, "-")
      .slice(0, 48),
  );
  return `${safe.join("_")}.${ending}`;
}
