/** A file of a kind that is read nowhere here, by what it begins with. */
export interface ForeignKind {
  readonly what: string;
  /** What it is in a word, for what to do about it. */
  readonly kind: "archive" | "sheet" | "table" | "picture" | "document" | "model";
}

const kinds: readonly (readonly [begins: string, what: string, kind: ForeignKind["kind"]])[] = [
  ["PK\x03\x04", "a zip archive or a spreadsheet", "sheet"],
  ["\xd0\xcf\x11\xe0", "an old Excel or Word file", "sheet"],
  ["\x1f\x8b", "a gzip archive", "archive"],
  ["\x28\xb5\x2f\xfd", "a zstd archive", "archive"],
  ["7z\xbc\xaf", "a 7-Zip archive", "archive"],
  ["Rar!", "a RAR archive", "archive"],
  ["BZh", "a bzip2 archive", "archive"],
  ["PAR1", "a Parquet file", "table"],
  ["ARROW1", "an Arrow file", "table"],
  ["SQLite format 3", "an SQLite database", "table"],
  ["%PDF", "a PDF document", "document"],
  ["\x89PNG", "an image", "picture"],
  ["\xff\xd8\xff", "an image", "picture"],
  ["GIF8", "an image", "picture"],
  ["GGUF", "a model of llama.cpp (GGUF), which is not read", "model"],
];

/** What a file is by its first bytes, where it is none of the kinds that are read here. */
export function foreignKind(bytes: Uint8Array): ForeignKind | undefined {
  const begin = String.fromCharCode(...bytes.subarray(0, 16));
  const found = kinds.find(([begins]) => begin.startsWith(begins));
  return found && { what: found[1], kind: found[2] };
}
