import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { CheckpointFiles, FileBytes } from "../checkpoint/files.ts";
import { openFile } from "../checkpoint/files.ts";

/** What was asked of the weights of a checkpoint. */
export interface Reads {
  /** Bytes, each as often as it was read. */
  total: number;
  /** Bytes of the largest piece. */
  largest: number;
  /** The last byte that was asked for, and one. */
  end: number;
  /** How often the file was asked for as a whole. */
  wholes: number;
  /** Bytes in buffers, over what was there at first, at the worst moment that something was read. */
  held: number;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes in buffers that something still refers to. */
export function bytesHeld(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Files, and what is read of those with weights. */
export function watched(files: CheckpointFiles): { readonly files: CheckpointFiles; readonly reads: Reads } {
  const reads: Reads = { total: 0, largest: 0, end: 0, wholes: 0, held: 0 };
  const before = bytesHeld();
  const isWeights = (file: string) => file.endsWith(".safetensors");
  const count = (from: number, to: number) => {
    reads.total += to - from;
    reads.largest = Math.max(reads.largest, to - from);
    reads.end = Math.max(reads.end, to);
    reads.held = Math.max(reads.held, bytesHeld() - before);
  };
  return {
    reads,
    files: {
      ...files,
      async read(file, onProgress) {
        if (isWeights(file)) reads.wholes++;
        return files.read(file, onProgress);
      },
      async open(file, onProgress): Promise<FileBytes> {
        const bytes = await openFile(files, file, onProgress);
        if (!isWeights(file)) return bytes;
        return {
          size: bytes.size,
          at(from, to) {
            count(from, to);
            return bytes.at(from, to);
          },
          async *stretches(from, to) {
            let at = from;
            for await (const stretch of bytes.stretches(from, to)) {
              count(at, at + stretch.length);
              at += stretch.length;
              yield stretch;
            }
          },
        };
      },
      async slice(file, from, to) {
        if (isWeights(file)) count(from, to);
        return files.slice!(file, from, to);
      },
    },
  };
}
