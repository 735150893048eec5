import { readdirSync, readFileSync } from "node:fs";

/**
 * Bytes that processes hold, by what they are: shared pages count by their share (PSS). What is mapped from files, such as
 * programs, is left out: it depends on who else runs them.
 */
export type MemoryByKind = ReadonlyMap<string, number>;

/** Milliseconds between two looks. */
const EVERY = 150;

/** What all processes that a process has started hold together, over time. Linux alone says so, in /proc. */
export class MemoryWatch {
  readonly #roots: () => readonly number[];
  readonly #timer: NodeJS.Timeout;
  #highest: MemoryByKind = new Map();

  /** @param roots process ids; those that these have started count too. */
  constructor(roots: () => readonly number[]) {
    this.#roots = roots;
    this.#timer = setInterval(() => this.look(), EVERY);
  }

  /** Takes a look now, which counts for the highest. */
  look(): MemoryByKind {
    const now = memoryOf(this.#roots());
    if (sumOf(now) > sumOf(this.#highest)) this.#highest = now;
    return now;
  }

  /** The highest since the last call. */
  takeHighest(): MemoryByKind {
    this.look();
    const highest = this.#highest;
    this.#highest = new Map();
    return highest;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

export function sumOf(memory: MemoryByKind): number {
  return [...memory.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function memoryOf(roots: readonly number[]): MemoryByKind {
  const memory = new Map<string, number>();
  for (const pid of new Set([...roots, ...startedBy(roots)])) {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      const kilobytes = ["Pss_Anon", "Pss_Shmem"].map((part) =>
        Number(new RegExp(`^${part}:\\s+(\\d+) kB`, "m").exec(rollup)![1]),
      );
      const kind = kindOf(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      memory.set(
        kind,
        kilobytes.reduce((sum, each) => sum + 1024 * each, memory.get(kind) ?? 0),
      );
    } catch {
      // It has ended meanwhile.
    }
  }
  return memory;
}

/** Processes that were started by these, and by those, by whoever is left of their parents. */
export function startedBy(roots: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/stat`, "utf8");
      const parent = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  const found: number[] = [];
  for (let next = [...roots]; next.length > 0; ) {
    next = next.flatMap((pid) => children.get(pid) ?? []);
    found.push(...next);
  }
  return [...new Set(found)];
}

/** What a process of Chromium is by its command line; others are programs. */
function kindOf(commandLine: string): string {
  const [, kind] = /--type=([\w-]+)/.exec(commandLine) ?? [];
  if (kind) return kind === "utility" ? (/--utility-sub-type=(\w+)/.exec(commandLine)?.[1] ?? kind) : kind;
  return /chrom/.test(commandLine.split("\0")[0] ?? "") ? "browser" : "program";
}
