import type { CheckpointFiles } from "./checkpoint.ts";

/** A hash as hex digits. */
export async function digest(algorithm: "SHA-256" | "SHA-1", data: BufferSource): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest(algorithm, data));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** SHA-256 as hex digits. */
export function sha256(data: BufferSource): Promise<string> {
  return digest("SHA-256", data);
}

/** What tells a checkpoint from any other: the hash of the names and hashes of its files. @param onFile after each. */
export async function fingerprintOf(files: CheckpointFiles, onFile?: (done: number) => void): Promise<string> {
  const lines: string[] = [];
  for (const name of [...files.names].sort()) {
    lines.push(`${name} ${await sha256(await files.read(name))}`);
    onFile?.(lines.length);
  }
  return sha256(new TextEncoder().encode(lines.join("\n")));
}
