/**
 * A file is stored as segments of a few megabytes, each written once and named by the file's hash and where it begins.
 * The browser puts a segment in place in one piece, so that none is ever torn; nothing is copied to append to it, as
 * would be if the file were one; and how far a download has come can be read off the names alone.
 */
export const SEGMENT_BYTES = 4 * 2 ** 20;

export interface Segment {
  readonly entry: string;
  readonly from: number;
  readonly size: number;
}

export function segmentName(hex: string, from: number): string {
  return `${hex}.${from}`;
}

/** The segments of a file that follow each other from its first byte, and how many bytes these are. */
export function segmentsOf(
  hex: string,
  entries: readonly { readonly name: string; readonly size: number }[],
): { readonly segments: readonly Segment[]; readonly bytes: number } {
  const starts = new Map<number, Segment>();
  for (const { name, size } of entries) {
    const [, from] = /^[0-9a-f]+\.(0|[1-9]\d{0,15})$/.exec(name) ?? [];
    if (from !== undefined && name === segmentName(hex, Number(from)) && size > 0) {
      starts.set(Number(from), { entry: name, from: Number(from), size });
    }
  }
  const segments: Segment[] = [];
  let bytes = 0;
  for (let next = starts.get(0); next; next = starts.get(bytes)) {
    segments.push(next);
    bytes += next.size;
  }
  return { segments, bytes };
}
