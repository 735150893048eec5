import { megabytes } from "../device/limits.ts";
import { CheckpointError } from "../errors.ts";
import { BlobSink, type FolderFiles, type Sink, streamed } from "./content.ts";
import { Crc32 } from "./crc32.ts";

/** The largest number that the format has room for without its extensions. */
const MOST_BYTES = 2 ** 32 - 1;

/** 1 January 1980, the earliest day that the format knows: the same files give the same archive, whenever it is made. */
const DAY = 0x21;

/** Says that a name is UTF-8. */
const UTF8 = 0x800;

/** What the archive says of a file in two places. */
interface Entry {
  readonly name: Uint8Array<ArrayBuffer>;
  readonly size: number;
  readonly crc: number;
  /** Where what stands before its content lies. */
  readonly at: number;
}

/**
 * Writes files as a zip archive (PKWARE's APPNOTE 6.3), uncompressed: numbers of float32 hardly get smaller. Nothing is held
 * but the piece that is being written.
 *
 * @throws CheckpointError where they are more than an archive holds.
 */
export async function writeZip(files: FolderFiles, sink: Sink): Promise<void> {
  const contents = Object.entries(files).map(([name, content]) => [name, streamed(content)] as const);
  const all = contents.reduce((sum, [name, { size }]) => sum + size + 256 + 8 * name.length, 0);
  if (all > MOST_BYTES) {
    throw new CheckpointError(
      `the files have ${megabytes(all)}, and an archive holds ${megabytes(MOST_BYTES)}`,
      "Export the adapter, and merge it into the model with PEFT.",
    );
  }
  const entries: Entry[] = [];
  let at = 0;
  for (const [path, { size, chunks }] of contents) {
    const name = new TextEncoder().encode(path);
    const fill = sink.leave(LOCAL_BYTES + name.length);
    const crc = new Crc32();
    for await (const chunk of chunks()) {
      crc.update(chunk);
      sink.write(chunk);
    }
    const entry = { name, size, crc: crc.value, at };
    fill(localHeader(entry));
    entries.push(entry);
    at += LOCAL_BYTES + name.length + size;
  }
  let length = 0;
  for (const entry of entries) {
    const header = centralHeader(entry);
    length += header.length;
    sink.write(header);
  }
  sink.write(endRecord(entries.length, length, at));
}

/** The same as a blob. */
export async function zipped(files: FolderFiles): Promise<Blob> {
  const sink = new BlobSink();
  await writeZip(files, sink);
  return sink.blob("application/zip");
}

const LOCAL_BYTES = 30;

/** "Local file header", section 4.3.7. */
function localHeader({ name, ...facts }: Entry): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(LOCAL_BYTES + name.length));
  header.setUint32(0, 0x04034b50, true);
  setFacts(header, 4, { name, ...facts });
  return withName(header, LOCAL_BYTES, name);
}

/** "Central directory header", section 4.3.12. */
function centralHeader({ name, at, ...facts }: Entry): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(46 + name.length));
  header.setUint32(0, 0x02014b50, true);
  header.setUint16(4, 20, true);
  setFacts(header, 6, { name, at, ...facts });
  header.setUint32(42, at, true);
  return withName(header, 46, name);
}

/** What both have: version 2.0, flags, no compression, time and day, checksum, size twice, and the length of the name. */
function setFacts(header: DataView, from: number, { name, size, crc }: Entry): void {
  header.setUint16(from, 20, true);
  header.setUint16(from + 2, name.some((byte) => byte > 127) ? UTF8 : 0, true);
  header.setUint16(from + 8, DAY, true);
  header.setUint32(from + 10, crc, true);
  header.setUint32(from + 14, size, true);
  header.setUint32(from + 18, size, true);
  header.setUint16(from + 22, name.length, true);
}

function withName(header: DataView<ArrayBuffer>, at: number, name: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(header.buffer);
  bytes.set(name, at);
  return bytes;
}

/** "End of central directory record", section 4.3.16. @param length of the directory, which begins at `at`. */
function endRecord(count: number, length: number, at: number): Uint8Array<ArrayBuffer> {
  const record = new DataView(new ArrayBuffer(22));
  record.setUint32(0, 0x06054b50, true);
  record.setUint16(8, count, true);
  record.setUint16(10, count, true);
  record.setUint32(12, length, true);
  record.setUint32(16, at, true);
  return new Uint8Array(record.buffer);
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
