import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { UsageError } from "../commandLine.mjs";

/** Everything that a run may leave behind. */
const runFiles = ["metrics.jsonl", "receipt.json", "experiment.json", "adapter.zip", "merged.zip"];

/**
 * Where a run leaves its files. It is there from the beginning, so that a folder that cannot be written is known before
 * anything is computed, but until the first step nothing in it changes: what fails or ends before leaves nothing.
 */
export class RunFolder {
  #folder;
  #isNew;
  #log;
  #logged = 0;

  /** @param overwrites whether a run that is there already may be replaced. @throws UsageError. */
  constructor(folder, overwrites) {
    if (existsSync(folder) && !statSync(folder).isDirectory()) throw new UsageError(`--out ${folder} is no folder`);
    const there = runFiles.filter((name) => existsSync(path.join(folder, name)));
    if (there.length > 0 && !overwrites) {
      throw new UsageError(
        `${folder} already holds a run (${there.join(", ")}); name another folder with --out, or replace that run with --overwrite`,
      );
    }
    this.#folder = folder;
    this.#isNew = !existsSync(folder);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw new UsageError(`--out ${folder} cannot be made: ${error.message}`);
    }
  }

  /** Adds those of all the run's lines of metrics that are not there yet; the first ones take the place of a run before. */
  log(lines) {
    if (this.#log === undefined) {
      for (const name of runFiles) rmSync(path.join(this.#folder, name), { force: true });
      this.#log = openSync(path.join(this.#folder, "metrics.jsonl"), "w");
    }
    for (; this.#logged < lines.length; this.#logged++)
      writeSync(this.#log, `${JSON.stringify(lines[this.#logged])}\n`);
  }

  /** @returns the file's name. */
  write(name, content) {
    writeFileSync(path.join(this.#folder, name), content);
    return name;
  }

  /** Ends the log, and takes a folder away that was made for nothing. */
  close() {
    if (this.#log !== undefined) closeSync(this.#log);
    else if (this.#isNew && readdirSync(this.#folder).length === 0) rmdirSync(this.#folder);
  }
}
