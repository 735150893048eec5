import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createTokenizer } from "./tokenizer.ts";

const fixture = (name: string) =>
  readFileSync(path.join(import.meta.dirname, "../model/fixtures", name, "tokenizer.json"), "utf8");
const wordPieces = () => createTokenizer(fixture("nano-bert"), { padId: 0 });
const bytePairs = () => createTokenizer(fixture("nano-gpt2"), { endOfTextId: 0 });
const [CLS, SEP] = [2, 3];

describe("encoding", () => {
  test("a text gets its special tokens", () => {
    // in the call ##ed ##ing .
    expect(wordPieces().encode("In the called-")).toEqual({
      ids: [CLS, 5, 6, 21, 22, 1, SEP],
      segments: [0, 0, 0, 0, 0, 0, 0],
      truncated: false,
    });
  });

  test("a pair is packed into one sequence with segments", () => {
    expect(wordPieces().encode("the light", { second: "the sea" })).toEqual({
      ids: [CLS, 6, 12, SEP, 6, 19, SEP],
      segments: [0, 0, 0, 0, 1, 1, 1],
      truncated: false,
    });
  });

  test("a cut text keeps its special tokens", () => {
    expect(wordPieces().encode("the light and the day", { maxTokens: 5 })).toEqual({
      ids: [CLS, 6, 12, 11, SEP],
      segments: [0, 0, 0, 0, 0],
      truncated: true,
    });
  });

  test("a bare text has none, and all of its room for itself", () => {
    const bare = wordPieces().encode("the light and the day", { maxTokens: 3, bare: true });
    expect(bare).toEqual({ ids: [6, 12, 11], segments: [0, 0, 0], truncated: true });
  });

  test("of a pair the longer text is cut first, then both alike", () => {
    const encode = (maxTokens: number) =>
      wordPieces().encode("the light and the day", { second: "the sea", maxTokens }).ids;
    expect(encode(8)).toEqual([CLS, 6, 12, 11, SEP, 6, 19, SEP]);
    expect(encode(6)).toEqual([CLS, 6, 12, SEP, 6, SEP]);
    expect(encode(5)).toEqual([CLS, 6, SEP, 6, SEP]);
    expect(() => encode(4)).toThrow("4 tokens have no room for a text and its special tokens");
  });

  test("a text without tokens becomes one token, so that no row is empty", () => {
    expect(wordPieces().encode("").ids).toEqual([CLS, SEP]);
    expect(bytePairs().encode("").ids).toEqual([0]);
  });

  test("byte pairs are merged by rank", () => {
    // the, Ġw, in, d
    expect(bytePairs().encode("the wind").ids).toEqual([17, 22, 21, 3]);
  });

  test("a tokenizer without a way to join two texts says so", () => {
    expect(() => bytePairs().encode("the", { second: "wind" })).toThrow("no way to pack two texts");
  });
});

test("a file that does not name its kind of model is read by what it has", () => {
  const { model, ...json } = JSON.parse(fixture("nano-gpt2"));
  const { type: _, ...untyped } = model;
  expect(createTokenizer(JSON.stringify({ ...json, model: untyped })).encode("the wind").ids).toEqual([17, 22, 21, 3]);
});

describe("decoding", () => {
  test("gives the text back, without special tokens", () => {
    expect(bytePairs().decode([17, 22, 21, 3, 0])).toBe("the wind");
    expect(wordPieces().decode([CLS, 5, 6, 21, 22, SEP])).toBe("in the called");
    expect(wordPieces().decode([])).toBe("");
  });
});

test("special ids are those of config.json, or what the vocabulary calls so", () => {
  expect(wordPieces()).toMatchObject({ padId: 0, vocabularySize: 23 });
  expect(bytePairs()).toMatchObject({ padId: 0, endOfTextId: 0, vocabularySize: 24 });
  expect(wordPieces().endOfTextId).toBeUndefined();
});

describe("refuses", () => {
  const changed = (
    change: (json: { model: Record<string, unknown>; added_tokens: unknown[]; [key: string]: unknown }) => void,
  ) => {
    const json = JSON.parse(fixture("nano-gpt2"));
    change(json);
    return JSON.stringify(json);
  };
  const refused: Record<string, [text: string, code: string]> = {
    "what is no JSON": ["<!doctype html>", "tok-not-json"],
    "a file without a model": ["{}", "tok-model-missing"],
    "an unknown kind of model": [changed(({ model }) => Object.assign(model, { type: "Magic" })), "tok-unsupported"],
    "an unknown pre-tokenizer": [
      changed((json) => Object.assign(json, { pre_tokenizer: { type: "Magic" } })),
      "tok-unsupported",
    ],
    "ids that are not numbers": [changed(({ model }) => Object.assign(model, { vocab: { a: "0" } })), "tok-vocab-bad"],
    "two tokens with one id": [
      changed(({ model }) => Object.assign(model, { vocab: { a: 0, b: 0 } })),
      "tok-vocab-bad",
    ],
    "a merge of what is no token": [
      changed(({ model }) => Object.assign(model, { merges: [["t", "q"]] })),
      "tok-merge-bad",
    ],
    "a merge into what is no token": [
      changed(({ model }) => Object.assign(model, { merges: ["w t"] })),
      "tok-merge-bad",
    ],
    "an added token in the place of another": [
      changed((json) => Object.assign(json, { added_tokens: [{ id: 3, content: "<s>" }] })),
      "tok-added-bad",
    ],
    "special tokens around texts that are not in the vocabulary": [
      changed((json) =>
        Object.assign(json, {
          post_processor: { type: "BertProcessing", sep: ["</s>", 1], cls: ["<s>", 0] },
        }),
      ),
      "tok-special-missing",
    ],
    "an unknown token that is none": [
      changed(({ model }) => Object.assign(model, { unk_token: "?" })),
      "tok-special-missing",
    ],
    "an unknown piece that is none": [
      JSON.stringify({ model: { type: "Unigram", unk_id: 1, vocab: [["a", 0]] } }),
      "tok-special-missing",
    ],
    "no tokens at all": [changed(({ model }) => Object.assign(model, { vocab: {}, merges: [] })), "tok-vocab-bad"],
    "a score that is infinite": ['{"model":{"type":"Unigram","vocab":[["a",1e400]]}}', "tok-vocab-bad"],
    "what is called like a part of objects": [
      changed((json) => Object.assign(json, { decoder: { type: "constructor" } })),
      "tok-unsupported",
    ],
    "types that are lists of what cannot become text": [
      changed((json) => Object.assign(json, { pre_tokenizer: { type: [{ toString: "Whitespace" }] } })),
      "tok-unsupported",
    ],
    "a kind of model that cannot become text": [
      changed(({ model }) => Object.assign(model, { type: { toString: 1, valueOf: 2 } })),
      "tok-unsupported",
    ],
    "a sequence within sixty-four others": [
      changed((json) => {
        json.normalizer = { type: "Lowercase" };
        for (let i = 0; i < 64; i++) json.normalizer = { type: "Sequence", normalizers: [json.normalizer] };
      }),
      "tok-too-deep",
    ],
    "more than sixty-four steps": [
      changed((json) => {
        json.normalizer = { type: "Sequence", normalizers: Array(65).fill({ type: "NFC" }) };
      }),
      "tok-unsupported",
    ],
    "pieces of no length, which never end": [
      changed((json) => Object.assign(json, { pre_tokenizer: { type: "FixedLength", length: 0 } })),
      "tok-unsupported",
    ],
    "words so long that trying all their parts takes hours": [
      JSON.stringify({ model: { type: "WordPiece", vocab: { "[UNK]": 0 }, max_input_chars_per_word: 1e9 } }),
      "tok-unsupported",
    ],
    "a pattern that never ends": [
      changed((json) =>
        Object.assign(json, { pre_tokenizer: { type: "Split", pattern: { Regex: "(a+)+$" }, behavior: "Isolated" } }),
      ),
      "tok-regex-unsafe",
    ],
    "a pattern that is none": [
      changed((json) =>
        Object.assign(json, { pre_tokenizer: { type: "Split", pattern: { Regex: "[" }, behavior: "Isolated" } }),
      ),
      "tok-regex-invalid",
    ],
    "nothing to look for": [
      changed((json) =>
        Object.assign(json, { normalizer: { type: "Replace", pattern: { String: "" }, content: "a" } }),
      ),
      "tok-normalizer-bad",
    ],
    "texts that become far longer": [
      changed((json) =>
        Object.assign(json, { normalizer: { type: "Replace", pattern: { String: "a" }, content: "b".repeat(33) } }),
      ),
      "tok-output-too-large",
    ],
    "texts that double again and again": [
      changed((json) => {
        const double = { type: "Replace", pattern: { String: "a" }, content: "aa" };
        json.normalizer = { type: "Sequence", normalizers: Array(30).fill(double) };
      }),
      "tok-output-too-large",
    ],
    "a character map that is no base64": [
      changed((json) => Object.assign(json, { normalizer: { type: "Precompiled", precompiled_charsmap: "!!!" } })),
      "tok-normalizer-bad",
    ],
    "a character map that is cut": [
      changed((json) =>
        Object.assign(json, {
          normalizer: { type: "Precompiled", precompiled_charsmap: btoa("\u0000\u0001\0\0abcd") },
        }),
      ),
      "tok-normalizer-bad",
    ],
    "a character map that makes texts of characters": [
      changed((json) =>
        Object.assign(json, {
          normalizer: { type: "Precompiled", precompiled_charsmap: btoa(`\u0004\0\0\0\0\0\0\0${"a".repeat(101)}\0`) },
        }),
      ),
      "tok-output-too-large",
    ],
    "a template without the text": [
      changed((json) => Object.assign(json, { post_processor: { type: "TemplateProcessing", single: [], pair: [] } })),
      "tok-unsupported",
    ],
    "an added token without content": [
      changed((json) => Object.assign(json, { added_tokens: [{ id: 0, content: "" }] })),
      "tok-added-bad",
    ],
  };
  for (const [what, [text, code]] of Object.entries(refused)) {
    test(what, () => expect(() => createTokenizer(text)).toThrow(expect.objectContaining({ code })));
  }

  test("a text that its normalizer blows up, when it meets it", () => {
    const grown = changed((json) =>
      Object.assign(json, { normalizer: { type: "Replace", pattern: { String: "a" }, content: "b".repeat(30) } }),
    );
    const tokenizer = createTokenizer(grown);
    expect(tokenizer.encode("a").ids).not.toHaveLength(0);
    expect(() => tokenizer.encode("a".repeat(1000))).toThrow(expect.objectContaining({ code: "tok-output-too-large" }));
  });

  test("a special id that no token has", () => {
    expect(() => createTokenizer(fixture("nano-gpt2"), { endOfTextId: 99 })).toThrow(
      "tokenizer.json has no token 99, which config.json names as endOfTextId",
    );
  });
});
