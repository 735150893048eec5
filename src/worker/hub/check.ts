import { digest, sha256OfFile } from "../../engine/checkpoint/fingerprint.ts";
import { openBlob } from "../localFiles.ts";
import { wrongHash, wrongSize } from "./failures.ts";
import type { HubFile } from "./model.ts";

/** Compares what is stored of a file with what the hub says it is. @throws DownloadError where it is something else. */
export async function checkFile({ name, size, hash }: HubFile, content: Blob): Promise<void> {
  if (content.size !== size) throw wrongSize(name, content.size, size);
  const found = hash.kind === "sha256" ? await sha256OfFile(await openBlob(name, content)) : await gitHash(content);
  if (found !== hash.hex) throw wrongHash(name, hash, found);
}

/** Files that git keeps itself are small, and hashed with their kind and length before them. */
async function gitHash(content: Blob): Promise<string> {
  return digest("SHA-1", await new Blob([`blob ${content.size}\0`, content]).arrayBuffer());
}
