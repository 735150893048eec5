import type { StreamedFile } from "../checkpoint/streamSafetensors.ts";

/** A file's content: as it is, or made while it is written. */
export type FileContent = string | ArrayBuffer | Uint8Array<ArrayBuffer> | StreamedFile;

/** Files by name, as they are to lie in one folder. */
export type FolderFiles = Readonly<Record<string, FileContent>>;

/** The same as a file that is written piece by piece. */
export function streamed(content: FileContent): StreamedFile {
  if (typeof content !== "string" && "chunks" in content) return content;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
  return {
    size: bytes.length,
    async *chunks() {
      yield bytes;
    },
  };
}

/** Where a file is written to, in order but for what was left open. */
export interface Sink {
  /** @param bytes are written, or copied, when this is done. */
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** Leaves so many bytes open. @returns what fills them in, once. */
  leave(bytes: number): (content: Uint8Array<ArrayBuffer>) => void;
}

/** Collects a file as a blob: in the browser's hands, and not in this process's memory. */
export class BlobSink implements Sink {
  readonly #parts: Blob[] = [];

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(new Blob([bytes]));
  }

  leave(): (content: Uint8Array<ArrayBuffer>) => void {
    const at = this.#parts.push(new Blob()) - 1;
    return (content) => {
      this.#parts[at] = new Blob([content]);
    };
  }

  /** What was written so far. */
  blob(type = ""): Blob {
    return new Blob(this.#parts, { type });
  }
}

/** A content as a blob. */
export async function blobOf(content: FileContent): Promise<Blob> {
  const sink = new BlobSink();
  for await (const chunk of streamed(content).chunks()) sink.write(chunk);
  return sink.blob();
}
