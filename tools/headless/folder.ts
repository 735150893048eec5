import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import type { FolderFiles } from "../../src/engine/export/content.ts";
import { writeZip } from "../../src/engine/export/zip.ts";
import { describe } from "../../src/engine/run/failure.ts";
import type { MetricsLine } from "../../src/engine/run/metricsLog.ts";
import { UsageError } from "../commandLine.ts";
import { DiskSink } from "../disk.ts";

/** Everything that a run may leave behind. */
const runFiles = [
  ...["metrics.jsonl", "receipt.json", "experiment.json", "tuning.json"],
  ...["adapter.zip", "merged.zip", "onnx.zip"],
];

/**
 * Where a run leaves its files. It is there from the beginning, so that a folder that cannot be written is known before
 * anything is computed, but until the first step nothing in it changes: what fails or ends before leaves nothing.
 */
export class RunFolder {
  readonly #folder: string;
  /** Folders that were made for it, the outermost first. */
  #made: string[] = [];
  #log: number | undefined;
  #logged = 0;
  #isClosed = false;

  /** @param overwrites whether a run that is there already may be replaced. @throws UsageError. */
  constructor(folder: string, overwrites: boolean) {
    if (existsSync(folder) && !statSync(folder).isDirectory()) {
      throw new UsageError(`--out ${folder} is a file; name a folder, which is made where there is none`);
    }
    const there = runFiles.filter((name) => existsSync(path.join(folder, name)));
    if (there.length > 0 && !overwrites) {
      throw new UsageError(
        `${folder} already holds a run (${there.join(", ")}); name another folder with --out, or replace that run with --overwrite`,
      );
    }
    this.#folder = folder;
    try {
      this.#make(folder);
      this.#requireWritable();
    } catch (error) {
      this.#unmake();
      throw new UsageError(`--out ${folder} cannot be written: ${describe(error).message}; name another folder`);
    }
  }

  get name(): string {
    return this.#folder;
  }

  /** Level by level: where a parent takes no folders, as in /proc, Node's own way down never ends. */
  #make(folder: string): void {
    if (existsSync(folder)) return;
    const parent = path.dirname(folder);
    if (parent !== folder) this.#make(parent);
    mkdirSync(folder);
    this.#made.push(folder);
  }

  /** Whether files can be made is known for certain only by making one. */
  #requireWritable(): void {
    const probe = path.join(this.#folder, `.rankscope-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
  }

  /** Takes away what was made for nothing. */
  #unmake(): void {
    for (const folder of this.#made.reverse())
      if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
    this.#made = [];
  }

  /** Adds those of all the run's lines of metrics that are not there yet; the first ones take the place of a run before. */
  log(lines: readonly MetricsLine[]): void {
    if (this.#isClosed) return;
    if (this.#log === undefined) {
      for (const name of runFiles) rmSync(path.join(this.#folder, name), { force: true });
      this.#log = openSync(path.join(this.#folder, "metrics.jsonl"), "w");
    }
    for (; this.#logged < lines.length; this.#logged++)
      writeSync(this.#log, `${JSON.stringify(lines[this.#logged])}\n`);
  }

  /** Writes a file that is whole or not there. @returns its name. */
  write(name: string, content: string): string {
    const file = path.join(this.#folder, name);
    try {
      writeFileSync(`${file}.part`, content);
      renameSync(`${file}.part`, file);
    } catch (error) {
      throw failed(file, error);
    }
    return name;
  }

  /** The same with files as an archive, which are read as they are written. */
  async writeZip(name: string, files: FolderFiles): Promise<string> {
    const file = path.join(this.#folder, name);
    try {
      const sink = new DiskSink(`${file}.part`);
      try {
        await writeZip(files, sink);
      } finally {
        sink.close();
      }
      renameSync(`${file}.part`, file);
    } catch (error) {
      throw failed(file, error);
    }
    return name;
  }

  /** Ends the log, and takes folders away that were made for nothing. What is still reported changes nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#log !== undefined) closeSync(this.#log);
    else this.#unmake();
  }
}

/** Takes away what there is of a file that could not be written. */
function failed(file: string, error: unknown): Error {
  rmSync(`${file}.part`, { force: true });
  return new Error(`${file} cannot be written: ${describe(error).message}`);
}
