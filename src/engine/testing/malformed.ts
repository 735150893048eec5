import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { RefusedFileError } from "../checkpoint/refusal.ts";

const folder = path.join(import.meta.dirname, "../../../../shared/malformed");

/** Whether the collection of hostile and damaged files lies beside the repository; its README has the rules. */
export const isCorpusThere = existsSync(folder);

/** A file that must get a verdict. */
export interface MalformedCase {
  readonly id: string;
  readonly kind: string;
  readonly class: string;
  readonly expect: "reject" | "accept" | "bounded" | "either";
  readonly reasons?: readonly string[];
  readonly note?: string;
  readonly values?: Readonly<Record<string, readonly number[]>>;
  readonly warn?: string;
  readonly probe?: string;
  readonly probeRep?: readonly [string, number];
  readonly probeTail?: string;
  readonly ids?: readonly number[];
  /** Milliseconds that it may take; 1000 where it is absent. */
  readonly maxMs?: number;
}

/** The cases of a kind, the large ones too. */
export function casesOf(kind: string): readonly MalformedCase[] {
  const all = JSON.parse(readFileSync(path.join(folder, "cases.json"), "utf8")) as readonly MalformedCase[];
  return all.filter((each) => each.kind === kind);
}

/** The bytes of a case. */
export async function bytesOf(malformed: MalformedCase): Promise<ArrayBuffer> {
  const generator = (await import(/* @vite-ignore */ pathToFileURL(path.join(folder, "gen.mjs")).href)) as {
    build(malformed: MalformedCase): Uint8Array;
  };
  return new Uint8Array(generator.build(malformed)).buffer;
}

/** The text that an accepted tokenizer must get through in time. */
export function probeOf({ probe, probeRep, probeTail = "" }: MalformedCase): string | undefined {
  return probeRep ? probeRep[0].repeat(probeRep[1]) + probeTail : probe;
}

export interface Verdict<T> {
  /** What was refused, by its code; `accepted` where nothing was. */
  readonly code: string;
  readonly message: string;
  readonly result: T | undefined;
  /** Time of this process, which a busy machine does not change. */
  readonly ms: number;
}

/** Does what a loader does. What is thrown without a code is thrown on. */
export function verdictOf<T>(load: () => T): Verdict<T> {
  const start = process.cpuUsage();
  const ms = () => (({ user, system }) => (user + system) / 1000)(process.cpuUsage(start));
  try {
    const result = load();
    return { code: "accepted", message: "", result, ms: ms() };
  } catch (error) {
    if (!(error instanceof RefusedFileError)) throw error;
    return { code: error.code, message: error.message, result: undefined, ms: ms() };
  }
}
