import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LoadedModel, loadModel } from "../model/loadModel.ts";
import { filesIn, fixtures } from "../testing/models.ts";
import type { CheckpointFiles } from "./checkpoint.ts";
import { parseConfig } from "./config.ts";
import { JsonNumber, parseStrictJson, plainJson } from "./strictJson.ts";

const families = ["bert", "roberta", "distilbert", "gpt2", "llama", "qwen2", "mistral", "t5"] as const;
const folders = new Map(families.map((family) => [family, filesIn(`${fixtures}/parity/${family}`)]));
const decode = (bytes: ArrayBuffer) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const encode = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;

/** The same checkpoint with other texts in some of its files. */
function withTexts(family: string, changes: Readonly<Record<string, (text: string) => string>>): CheckpointFiles {
  const files = folders.get(family as "bert")!;
  return {
    ...files,
    async read(file) {
      const bytes = await files.read(file);
      return changes[file] ? encode(changes[file](decode(bytes))) : bytes;
    },
  };
}

const withKeys = (keys: object) => (text: string) => JSON.stringify({ ...JSON.parse(text), ...keys });
const clean = new Map<string, LoadedModel>();
for (const [family, files] of folders) clean.set(family, await loadModel(files));

/** Ids that a text gets, by two models alike. */
function sameAs({ tensors, tokenizer }: LoadedModel, family: string, texts: readonly string[] = ["a bc, the of"]) {
  const model = clean.get(family)!;
  expect([...tensors]).toEqual([...model.tensors]);
  for (const text of texts) expect(tokenizer.encode(text).ids).toEqual(model.tokenizer.encode(text).ids);
}

describe("ids of tokens in config.json", () => {
  const leftover = fc.oneof(
    fc.integer({ min: 26, max: 300_000 }),
    fc.constantFrom(-1, -100, 1.5, null, 50_256, 151_643),
    fc.array(fc.integer({ min: 60, max: 300_000 }), { maxLength: 3 }),
  );

  test("that no token has are set aside for the tokenizer's own, and told once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("bert", "gpt2", "llama", "qwen2", "mistral", "t5", "distilbert"),
        fc.record({ bos_token_id: leftover, eos_token_id: leftover, pad_token_id: leftover }, { requiredKeys: [] }),
        async (family, keys) => {
          const rows = clean.get(family)!.config.vocabularySize;
          const model = await loadModel(withTexts(family, { "config.json": withKeys(keys) }));
          sameAs(model, family);
          const isOdd = (id: unknown) => typeof id === "number" && !(Number.isInteger(id) && id >= 0 && id < rows);
          const odd = Object.entries(keys).filter(([, id]) => [id].flat().some(isOdd));
          const said = model.warnings.filter(({ message }) => message.startsWith("config.json names tokens"));
          expect(said).toHaveLength(odd.length > 0 ? 1 : 0);
          for (const [key] of odd) expect(said[0]!.message).toContain(key);
          const { padId, endOfTextId = 0 } = model.tokenizer;
          expect(padId).toBeLessThan(rows);
          expect(endOfTextId).toBeLessThan(rows);
        },
      ),
      { numRuns: 80 },
    );
  });

  test("are refused where nobody is told, and where positions or a decoder depend on them", async () => {
    const config = decode(await folders.get("gpt2")!.read("config.json"));
    expect(() => parseConfig(withKeys({ eos_token_id: 50_256 })(config))).toThrow("eos_token_id is 50256");
    const positions = withTexts("roberta", { "config.json": withKeys({ pad_token_id: 999 }) });
    await expect(loadModel(positions)).rejects.toMatchObject({ code: "config-inconsistent" });
    const start = withTexts("t5", { "config.json": withKeys({ decoder_start_token_id: 999 }) });
    await expect(loadModel(start)).rejects.toMatchObject({ code: "config-inconsistent" });
    const none = await loadModel(withTexts("roberta", { "config.json": withKeys({ pad_token_id: -1 }) }));
    sameAs(none, "roberta");
  });
});

describe("a sliding window", () => {
  test("that is off is none, whatever its size", async () => {
    const positions = clean.get("mistral")!.config.maxLength;
    const config = decode(await folders.get("qwen2")!.read("config.json"));
    const off = fc.oneof(
      fc.record({ sliding_window: fc.constantFrom(0, null) }),
      fc.record({ sliding_window: fc.constantFrom(1e30, 131_072, 4096) }),
      fc.record({ sliding_window: fc.constantFrom(-1, 0, 3, "4", null), use_sliding_window: fc.constant(false) }),
    );
    fc.assert(
      fc.property(off, (keys) => {
        expect(parseConfig(withKeys(keys)(config)).maxLength).toBe(clean.get("qwen2")!.config.maxLength);
      }),
    );
    expect(() => parseConfig(withKeys({ sliding_window: -1, use_sliding_window: true })(config))).toThrow(
      "sliding_window must be a whole number from 1",
    );
    expect(positions).toBeGreaterThan(0);
  });
});

describe("tokens beyond the rows of the embedding", () => {
  const added = (content: string, id: number) => ({
    ...{ id, content, single_word: false, lstrip: false, rstrip: false },
    ...{ normalized: false, special: true },
  });
  const withAdded = (contents: readonly string[], rows: number) => (text: string) => {
    const json = JSON.parse(text);
    return JSON.stringify({
      ...json,
      added_tokens: [...json.added_tokens, ...contents.map((content, at) => added(content, rows + at))],
    });
  };

  test("are named, and no text ever gets one", async () => {
    const texts = fc.array(fc.constantFrom("a", "the", " ", "[PAD]", "<extra>", "bc", "🙂", "<|im_start|>"));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...families),
        fc.uniqueArray(fc.constantFrom("<new-pad>", "<extra>", "<|im_start|>"), { minLength: 1 }),
        texts,
        async (family, contents, words) => {
          const rows = clean.get(family)!.config.vocabularySize;
          const change = { "tokenizer.json": withAdded(contents, rows), "config.json": withKeys({}) };
          const model = await loadModel(withTexts(family, change));
          sameAs(model, family, []);
          expect(model.tokenizer.vocabularySize).toBe(rows);
          expect(model.warnings.map(({ message }) => message).join()).toContain(`${contents[0]} (${rows})`);
          const { ids } = model.tokenizer.encode(words.join(""));
          expect(ids.every((id) => id >= 0 && id < rows)).toBe(true);
          expect(model.tokenizer.padId).toBeLessThan(rows);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("that every text would have are refused with what resizes the embedding", async () => {
    const rows = clean.get("bert")!.config.vocabularySize;
    const change = (text: string) => {
      const json = JSON.parse(withAdded(["<cls>"], rows)(text));
      json.post_processor = { type: "BertProcessing", cls: ["<cls>", rows], sep: ["<cls>", rows] };
      return JSON.stringify(json);
    };
    await expect(loadModel(withTexts("bert", { "tokenizer.json": change }))).rejects.toMatchObject({
      code: "config-inconsistent",
      hint: expect.stringContaining("resize_token_embeddings"),
    });
  });
});

describe("JSON as Python and editors write it", () => {
  /** A key that nobody reads, with values that only Python writes. */
  const odd = fc.constantFrom("NaN", "Infinity", "-Infinity", '{"a": [NaN, -Infinity], "NaN": "\\"NaN, \\\\"}');
  const withOdd = (value: string, mark: string) => (text: string) =>
    `${mark}${text.replace("{", `{"nobody_reads_this": ${value},`)}`;

  test("loads as the clean files do", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...families),
        odd,
        fc.constantFrom("", "\uFEFF"),
        fc.subarray(["config.json", "tokenizer.json"], { minLength: 1 }),
        async (family, value, mark, files) => {
          const change = withOdd(value, mark);
          const model = await loadModel(withTexts(family, Object.fromEntries(files.map((file) => [file, change]))));
          sameAs(model, family);
          expect(model.warnings).toEqual(clean.get(family)!.warnings);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a number that is read is refused by name where it is none", async () => {
    const config = decode(await folders.get("llama")!.read("config.json"));
    const fields = ["hidden_size", "rms_norm_eps", "num_hidden_layers", "vocab_size", "max_position_embeddings"];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.constantFrom("NaN", "Infinity", "-Infinity"), (field, value) => {
        const text = config.replace(new RegExp(`("${field}"\\s*:\\s*)[\\d.e-]+`), `$1${value}`);
        expect(() => parseConfig(text)).toThrow(`config.json: ${field} must be a number, not ${value}`);
      }),
    );
  });

  test("is text that JSON.parse reads, the same but for what is no number", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom("", "\uFEFF"), (text, mark) => {
        expect(plainJson(mark + text)).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(Number.NaN, -1 / 0, 1 / 0), fc.string(), fc.integer())), (list) => {
        const text = `[${list.map((each) => (typeof each === "number" ? String(each) : JSON.stringify(each))).join(", ")}]`;
        expect(JSON.parse(plainJson(text))).toEqual(list.map((each) => (Number.isNaN(each) ? 1 / 0 : each)));
        if (list.some((each) => typeof each === "number" && !Number.isFinite(each))) {
          expect(() => parseStrictJson(text)).toThrow("unexpected");
        }
        const read = parseStrictJson(text, { asPython: true }) as readonly unknown[];
        expect(read.map((each) => (each instanceof JsonNumber ? Number(each.text) : each))).toEqual(list);
      }),
    );
  });
});
