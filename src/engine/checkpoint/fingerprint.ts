import { type CheckpointFiles, type FileBytes, openFile } from "./files.ts";
import { Sha256 } from "./sha256.ts";

/** A hash as hex digits. */
export async function digest(algorithm: "SHA-256" | "SHA-1", data: BufferSource): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest(algorithm, data));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** SHA-256 as hex digits. */
export function sha256(data: BufferSource): Promise<string> {
  return digest("SHA-256", data);
}

/** SHA-256 of a file, as hex digits, which takes no memory. */
export async function sha256OfFile(bytes: FileBytes): Promise<string> {
  const hash = new Sha256();
  for await (const stretch of bytes.stretches(0, bytes.size)) hash.update(stretch);
  return hash.hex();
}

/** What tells a checkpoint from any other: the hash of the names and hashes of its files. @param onFile after each. */
export async function fingerprintOf(files: CheckpointFiles, onFile?: (done: number) => void): Promise<string> {
  const lines: string[] = [];
  for (const name of [...files.names].sort()) {
    lines.push(`${name} ${await sha256OfFile(await openFile(files, name))}`);
    onFile?.(lines.length);
  }
  return sha256(new TextEncoder().encode(lines.join("\n")));
}
