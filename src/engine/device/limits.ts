import { OutOfMemoryError } from "../errors.ts";
import { type ElementFormat, elementSize } from "../kernels/formats.ts";
import { aligned, type DeviceLimits } from "./device.ts";

/**
 * Bytes of a buffer for `length` elements.
 *
 * @throws OutOfMemoryError when they are more than the device binds at once.
 */
export function bytesWithin(limits: DeviceLimits, label: string, length: number, format: ElementFormat): number {
  const bytes = 4 * aligned(Math.ceil((elementSize(format) * length) / 4));
  const limit = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  if (bytes <= limit) return bytes;
  throw new OutOfMemoryError(
    `${label} needs ${megabytes(bytes)}, one buffer of this device holds ${megabytes(limit)}`,
    "Choose more accumulation steps, a smaller batch, shorter texts or a smaller model.",
  );
}

/** A run that needs more than there can be. @param needed bytes, or so many at least. */
export function outOfMemory(needed: number, maxMemory: number): OutOfMemoryError {
  return new OutOfMemoryError(
    `the run needs at least ${megabytes(needed)}, and a processor's memory has addresses for ${megabytes(maxMemory)}`,
    "Choose a smaller batch, shorter texts, more accumulation steps or a smaller model, or train on a graphics device.",
  );
}

/** Such as "12.3 MB". */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;
}
