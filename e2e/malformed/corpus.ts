import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type CanonicalShare, linkCodec } from "./linkCodec.ts";

/** Kinds of input that the corpus has. */
export type Kind = "safetensors" | "config" | "adapter-config" | "tokenizer" | "onnx" | "share" | "mutation";

/** A case as the corpus describes it; its README says what the words mean. */
export interface Case {
  readonly id: string;
  readonly kind: Kind;
  readonly class: string;
  readonly expect: "reject" | "accept" | "bounded" | "either";
  readonly reasons?: readonly string[];
  readonly note?: string;
  readonly invariants?: readonly string[];
  readonly maxMs?: number;
  readonly maxMB?: number;
  readonly values?: Readonly<Record<string, readonly number[]>>;
  readonly warn?: string;
  readonly probe?: string;
  readonly probeRep?: readonly [string, number];
  readonly probeTail?: string;
  readonly ids?: readonly number[];
  readonly recipe: Readonly<Record<string, unknown>>;
}

interface Generator {
  readonly cases: readonly Case[];
  readonly bases: { readonly share: CanonicalShare };
  build(each: Case): Uint8Array;
  shareFragment(each: Case, options: { codec: unknown }): string;
  mutate(bytes: Uint8Array, recipe: Case["recipe"]): Uint8Array;
}

const generator = path.resolve("../shared/malformed/gen.mjs");

/** Whether the corpus is there; it is not part of the repository. */
export const hasCorpus = existsSync(generator);

/** What a browser carries of an address at most; Chromium's own limit. */
const MAX_ADDRESS = 2 * 2 ** 20;

/** Cases by kind, each with what its loader is to read, which `write` puts into a file. */
export async function openCorpus(goodExperiment: string) {
  const corpus = (await import(pathToFileURL(generator).href)) as Generator;
  const bytesOf = (each: Case): Uint8Array => {
    if (each.kind === "share") {
      const link = corpus.shareFragment(each, { codec: linkCodec(corpus.bases.share) });
      return new TextEncoder().encode(link.slice(0, MAX_ADDRESS));
    }
    if (each.kind === "mutation") return corpus.mutate(new TextEncoder().encode(goodExperiment), each.recipe);
    return corpus.build(each);
  };
  return {
    of: (kind: Kind) => corpus.cases.filter((each) => each.kind === kind),
    count: corpus.cases.length,
    bytesOf,
    /** Writes the cases of a kind, the big ones too, and one good input. @returns the good one's file name. */
    write(kind: Kind, folder: string): string {
      mkdirSync(folder, { recursive: true });
      const cases = corpus.cases.filter((each) => each.kind === kind);
      for (const each of cases) writeFileSync(path.join(folder, fileOf(each)), bytesOf(each));
      const good = `good.${kind}`;
      writeFileSync(path.join(folder, good), kind === "mutation" ? goodExperiment : bytesOf(goodCase(kind, corpus)));
      return good;
    },
  };
}

/** The name that a case's file has where the page fetches it. */
export function fileOf({ id, kind }: Case): string {
  return `${id}.${kind}`;
}

const goodRecipes: Partial<Record<Kind, Case["recipe"]>> = {
  config: { base: "llama" },
  "adapter-config": { base: "adapter" },
  tokenizer: { base: "tokenizer" },
  share: { set: {} },
};

/** An undamaged input: the base that the others are made from, or an accepted case. */
function goodCase(kind: Kind, { cases }: Generator): Case {
  const recipe = goodRecipes[kind];
  const accepted = cases.find((each) => each.kind === kind && each.expect === "accept" && !each.warn)!;
  return recipe ? { ...accepted, recipe } : accepted;
}
