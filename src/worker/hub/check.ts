import { digest } from "../../engine/checkpoint/fingerprint.ts";
import { wrongHash, wrongSize } from "./failures.ts";
import type { HubFile } from "./model.ts";

/** Compares what is stored of a file with what the hub says it is. @throws DownloadError where it is something else. */
export async function checkFile({ name, size, hash }: HubFile, content: Blob): Promise<void> {
  if (content.size !== size) throw wrongSize(name, content.size, size);
  // Git hashes a file with its kind and length before it.
  const whole = hash.kind === "sha256" ? content : new Blob([`blob ${size}\0`, content]);
  const found = await digest(hash.kind === "sha256" ? "SHA-256" : "SHA-1", await whole.arrayBuffer());
  if (found !== hash.hex) throw wrongHash(name, hash, found);
}
