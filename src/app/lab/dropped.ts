/** What was dropped on the page: the files themselves, or those of a folder. */
export interface Dropped {
  readonly files: readonly File[];
  /** The folder's name, where it was one. */
  readonly folder?: string;
}

/**
 * The files of a drop. Of a folder it is those that lie in it directly: browsers list a folder among dropped files as a
 * file that cannot be read.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<Dropped> {
  // Entries can be asked for only while the event lasts, so before anything is awaited.
  const folder = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .find((entry) => entry?.isDirectory === true);
  if (!folder) return { files: [...transfer.files] };
  return { folder: folder.name, files: await filesIn(folder as FileSystemDirectoryEntry) };
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<File[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  // A reader gives a hundred at a time and nothing when it is done.
  for (let more = await read(reader); more.length > 0; more = await read(reader)) entries.push(...more);
  return Promise.all(
    entries
      .filter(({ isFile }) => isFile)
      .map((entry) => new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))),
  );
}

function read(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}
