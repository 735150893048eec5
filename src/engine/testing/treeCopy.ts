import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");

/** What is compiled, checked and tested. */
const copied = [
  ...["src", "e2e", "bench", "tools", "shaders", "assembly"],
  ...["package.json", "tsconfig.json", "vite.config.ts", "playwright.config.ts"],
];

/** What nobody changes. */
const linked = ["public"];

/** What a program said, and whether it did what it was called for. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly output: string;
}

/** A copy of the project in a temporary folder, for tests that change its files. */
export class TreeCopy {
  readonly root = mkdtempSync(path.join(os.tmpdir(), "rankscope-tree-"));
  readonly #changed = new Set<string>();

  constructor() {
    const filter = (file: string) => path.basename(file) !== "node_modules";
    for (const name of copied) cpSync(path.join(root, name), this.#at(name), { recursive: true, filter });
    for (const name of linked) symlinkSync(path.join(root, name), this.#at(name));
    // What tools keep among the packages is this tree's own.
    const packages = path.join(root, "node_modules");
    mkdirSync(this.#at("node_modules"));
    for (const name of readdirSync(packages).filter((each) => !each.startsWith(".vite")))
      symlinkSync(path.join(packages, name), this.#at(`node_modules/${name}`));
  }

  read(file: string): string {
    return readFileSync(this.#at(file), "utf8");
  }

  /** Names of what lies in a folder. */
  list(folder: string): string[] {
    return readdirSync(this.#at(folder));
  }

  write(file: string, text: string): void {
    this.#changed.add(file);
    writeFileSync(this.#at(file), text);
  }

  remove(file: string): void {
    this.#changed.add(file);
    rmSync(this.#at(file));
  }

  /** Puts everything that was changed back as it is in the project. */
  restore(): void {
    for (const file of this.#changed) cpSync(path.join(root, file), this.#at(file));
    this.#changed.clear();
  }

  /** Runs a script of Node from the folder's root. @param script its path, as of the packages. */
  node(script: string, ...args: readonly string[]): Promise<Outcome> {
    // A run of tests inside another one is no part of it.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
    const options = { cwd: this.root, env, maxBuffer: 2 ** 26 };
    return new Promise((resolve) =>
      execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) =>
        resolve({ succeeded: error === null, output: stdout + stderr }),
      ),
    );
  }

  /** Checks types. @param parts what of the project, as tsconfig.json has it; all of it where nothing is said. */
  types(parts: { readonly include?: readonly string[]; readonly exclude?: readonly string[] } = {}): Promise<Outcome> {
    writeFileSync(this.#at("types.json"), JSON.stringify({ extends: "./tsconfig.json", ...parts }));
    return this.node("node_modules/typescript/bin/tsc", "-p", "types.json", "--noEmit", "--checkers", "1");
  }

  destroy(): void {
    rmSync(this.root, { recursive: true });
  }

  #at(file: string): string {
    return path.join(this.root, file);
  }
}
