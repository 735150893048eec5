import { type MemoryByKind, sumOf } from "./processMemory.ts";

interface Row {
  readonly stage: string;
  readonly memory: MemoryByKind;
  readonly seconds: number;
}

/** The most memory that each stage took, in words. */
export class StageTable {
  readonly #title: string;
  readonly #fileBytes: number;
  readonly #rows: Row[] = [];
  #told = "nothing";
  #since = performance.now();

  constructor(title: string, fileBytes: number) {
    this.#title = title;
    this.#fileBytes = fileBytes;
  }

  /** The first stage is what the others have grown from. */
  add(stage: string, memory: MemoryByKind): void {
    const now = performance.now();
    this.#rows.push({ stage, memory, seconds: (now - this.#since) / 1000 });
    this.#since = now;
    console.error(this.#line(this.#rows.at(-1)!));
  }

  /** Notes what was said before anything was allocated. */
  tell(text: string): void {
    this.#told = /a run takes [^;\n]*/.exec(text)?.[0] ?? this.#told;
  }

  toString(): string {
    const highest = this.#rows.reduce((a, b) => (sumOf(b.memory) > sumOf(a.memory) ? b : a));
    const growth = this.#growthOf(highest.memory);
    return [
      `${this.#title}, weights of ${megabytes(this.#fileBytes)} MB`,
      ...this.#rows.map((row) => this.#line(row)),
      `highest at "${highest.stage}": ${megabytes(sumOf(highest.memory))} MB in all, grown by ${megabytes(growth)} MB, ${(growth / this.#fileBytes).toFixed(2)} x the weights`,
      `told before: ${this.#told}`,
    ].join("\n");
  }

  #growthOf(memory: MemoryByKind): number {
    return sumOf(memory) - sumOf(this.#rows[0]!.memory);
  }

  #line({ stage, memory, seconds }: Row): string {
    const growth = this.#growthOf(memory);
    const parts = [...memory]
      .filter(([, bytes]) => bytes > 2e7)
      .sort(([, a], [, b]) => b - a)
      .map(([kind, bytes]) => `${kind} ${megabytes(bytes)}`);
    const share = `${(growth / this.#fileBytes).toFixed(2)} x`.padStart(8);
    return `${stage.padEnd(22)}${`${megabytes(sumOf(memory))} MB`.padStart(9)}${share}  ${seconds.toFixed(1).padStart(6)} s  (${parts.join(", ")})`;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
