import { afterEach, describe, expect, test } from "vitest";
import {
  bytesOf,
  casesOf,
  isCorpusThere,
  type MalformedCase,
  probeOf,
  type Verdict,
  verdictOf,
} from "../testing/malformed.ts";
import { parseAdapterConfig } from "./adapterConfig.ts";
import { parseConfig } from "./config.ts";
import { SafetensorsFile } from "./safetensors.ts";
import { createTokenizer } from "./tokenizer.ts";
import { nonFiniteWarnings } from "./warnings.ts";

const keys = Reflect.ownKeys(Object.prototype).length;

afterEach(() => {
  expect(Reflect.ownKeys(Object.prototype)).toHaveLength(keys);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

const text = (bytes: ArrayBuffer) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const titled = (kind: string) =>
  (isCorpusThere ? casesOf(kind) : []).map(
    (each) => [`${each.id} ${each.class}: ${each.note ?? each.expect}`, each] as const,
  );

/** Holds a verdict against what the collection asks for. */
function check({ expect: wanted, reasons = [], maxMs = 1000 }: MalformedCase, verdict: Verdict<unknown>, file: string) {
  const isRefused = verdict.code !== "accepted";
  if (wanted === "reject") expect(isRefused).toBe(true);
  if (wanted === "accept") expect(verdict).toMatchObject({ code: "accepted" });
  if (isRefused) {
    expect(reasons).toContain(verdict.code);
    expect(verdict.message).toContain(file);
    expect(verdict.message.length).toBeLessThan(600);
  }
  expect(verdict.ms).toBeLessThan(maxMs);
}

describe.skipIf(!isCorpusThere)("the malformed collection", () => {
  test.each(titled("safetensors"))("%s", async (_, each) => {
    const bytes = await bytesOf(each);
    const verdict = verdictOf(() => {
      const file = new SafetensorsFile(bytes, "weights.safetensors");
      return { file, notFinite: file.notFinite };
    });
    check(each, verdict, "weights.safetensors");
    for (const [name, values] of Object.entries(each.values ?? {})) {
      const read = [...verdict.result!.file.read(name).values].map((value) => value + 0);
      expect(read).toEqual(values.map(Math.fround));
    }
    if (each.expect === "accept") {
      expect(nonFiniteWarnings(verdict.result!.notFinite).map(({ code }) => code)).toEqual(
        each.warn ? [each.warn] : [],
      );
    }
  });

  test.each(titled("config"))("%s", async (_, each) => {
    const bytes = await bytesOf(each);
    check(
      each,
      verdictOf(() => parseConfig(text(bytes), "config.json")),
      "config.json",
    );
  });

  test.each(titled("adapter-config"))("%s", async (_, each) => {
    const bytes = await bytesOf(each);
    check(
      each,
      verdictOf(() => parseAdapterConfig(text(bytes))),
      "adapter_config.json",
    );
  });

  test.each(titled("tokenizer"))("%s", async (_, each) => {
    const bytes = await bytesOf(each);
    const verdict = verdictOf(() => {
      const tokenizer = createTokenizer(text(bytes));
      const probe = probeOf(each);
      return probe === undefined ? [] : tokenizer.encode(probe).ids;
    });
    check(each, verdict, "tokenizer.json");
    if (each.ids) expect(verdict.result).toEqual(each.ids);
  });
});
