import { MAX_DEPTH } from "../../engine/checkpoint/folder.ts";
import type { NamedFile } from "../../worker/rpc.ts";

/** What was given to the page as a model: files with their paths, and what the folder is called where it was one. */
export interface Given {
  readonly files: readonly NamedFile[];
  readonly folder?: string;
}

/**
 * The files of a drop: those of one folder by their paths within it; of several folders, or of folders and files, by their
 * paths from where they were taken. Browsers list a folder among dropped files as a file that cannot be read.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<Given> {
  // Entries can be asked for only while the event lasts, so before anything is awaited.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (!entries.some(({ isDirectory }) => isDirectory)) return pickedFiles([...transfer.files]);
  const [folder] = entries;
  if (entries.length === 1) return { folder: folder!.name, files: await filesIn(folder as FileSystemDirectoryEntry) };
  return { files: (await Promise.all(entries.map((entry) => filesOf(entry, "", 0)))).flat() };
}

/** The files that were picked: those of a folder by their paths within it. */
export function pickedFiles(files: readonly File[]): Given {
  const [folder, ...rest] = (files[0]?.webkitRelativePath ?? "").split("/");
  const isFolder = rest.length > 0;
  return {
    ...(isFolder && { folder: folder! }),
    files: files.map((file) => ({
      name: isFolder ? file.webkitRelativePath.split("/").slice(1).join("/") : file.name,
      content: file,
    })),
  };
}

async function filesIn(folder: FileSystemDirectoryEntry, before = "", depth = 1): Promise<NamedFile[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  // A reader gives a hundred at a time and nothing when it is done.
  for (let more = await read(reader); more.length > 0; more = await read(reader)) entries.push(...more);
  return (await Promise.all(entries.map((entry) => filesOf(entry, before, depth)))).flat();
}

async function filesOf(entry: FileSystemEntry, before: string, depth: number): Promise<NamedFile[]> {
  const name = before + entry.name;
  if (entry.isDirectory) {
    if (depth === MAX_DEPTH || entry.name.startsWith(".")) return [];
    return filesIn(entry as FileSystemDirectoryEntry, `${name}/`, depth + 1);
  }
  const content = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
  return [{ name, content }];
}

function read(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}
