import { describe, expect, test } from "vitest";
import type { TextTokenizer } from "../checkpoint/tokenizer.ts";
import { collate } from "./collate.ts";
import { encodeCompletions, encodePrompt } from "./completions.ts";
import { lengthOf } from "./encode.ts";
import { matches } from "./metrics.ts";
import { tasks } from "./task.ts";

/** A token per letter from 10 on, 9 for a line feed; texts start with 1 and, where the tokenizer says so, end with 2. */
const letters = (endOfTextId?: number): TextTokenizer => ({
  name: "letters",
  vocabularySize: 40,
  padId: 0,
  ...(endOfTextId !== undefined && { endOfTextId }),
  encode(text, { maxTokens = 99, bare = false } = {}) {
    const all = [...text].map((letter) => (letter === "\n" ? 9 : letter.charCodeAt(0) - 87));
    const kept = all.slice(0, maxTokens - (bare ? 0 : 1));
    const ids = bare ? kept : [1, ...kept];
    return { ids, segments: ids.map(() => 0), truncated: kept.length < all.length };
  },
  decode: () => "",
});
const [a, b, c, d, e, f] = [10, 11, 12, 13, 14, 15];
const example = { text: "abc", second: "def" };

describe("completions in one row", () => {
  const encode = (maxTokens: number, of = example) => encodeCompletions([of], letters(2), { maxTokens });

  test("follow their prompt, and only they and their end count", () => {
    const { examples, truncated, total } = encode(20);
    expect(examples).toEqual([
      {
        rows: [{ ids: [1, a, b, c, 9, d, e, f], segments: Array(8).fill(0) }],
        labels: [a, b, c, 9, d, e, f, 2],
        weights: [0, 0, 0, 0, 1, 1, 1, 1],
      },
    ]);
    expect({ truncated, total }).toEqual({ truncated: 0, total: 2 });
    expect(encodePrompt("abc", letters(2), { maxTokens: 20 }), "a prompt alone is what stands before").toEqual(
      examples[0]!.rows[0]!.ids.slice(0, 5),
    );
  });

  test("a row that is just long enough is left whole; in one token less, the longer text is cut", () => {
    expect(encode(8).truncated).toBe(0);
    const { examples, truncated } = encode(7);
    expect(examples[0]!.rows[0]!.ids).toEqual([1, a, b, 9, d, e, f]);
    expect(examples[0]!.labels.at(-1), "the completion still ends").toBe(2);
    expect(truncated).toBe(1);
  });

  test("a completion that was cut has no end", () => {
    const [cut] = encode(8, { text: "a", second: "bcdefbcdef" }).examples;
    expect(cut!.labels).toEqual([a, 9, b, c, d, e, f]);
    expect(cut!.weights).toEqual([0, 0, 1, 1, 1, 1, 1]);
  });

  test("both are cut alike where both are long", () => {
    const long = "abcdefabcdef";
    const { examples, truncated } = encode(11, { text: long, second: long });
    expect(examples[0]!.rows[0]!.ids).toEqual([1, a, b, c, d, 9, a, b, c, d]);
    expect(truncated).toBe(2);
  });

  test("a tokenizer without an end of text does without", () => {
    const [encoded] = encodeCompletions([example], letters(), { maxTokens: 20 }).examples;
    expect(encoded!.labels).toEqual([a, b, c, 9, d, e, f]);
  });

  test("a prompt that fills the row keeps its separator", () => {
    expect(encodePrompt("abcdef", letters(2), { maxTokens: 4 })).toEqual([1, a, b, 9]);
  });
});

describe("completions of an encoder–decoder", () => {
  const options = { maxTokens: 4, decoderStart: 0 };

  test("stand in the decoder, which at every position has read what is before", () => {
    const { examples, truncated } = encodeCompletions([example], letters(2), options);
    expect(examples).toEqual([
      { rows: [{ ids: [1, a, b, c], segments: [0, 0, 0, 0] }], decoder: [0, d, e, f], labels: [d, e, f, 2] },
    ]);
    expect(truncated).toBe(0);
    expect(encodePrompt("abc", letters(2), options)).toEqual([1, a, b, c]);
  });

  test("are cut by themselves, and then have no end", () => {
    const { examples, truncated } = encodeCompletions([{ text: "abcd", second: "defa" }], letters(2), options);
    expect(examples[0]!.rows[0]!.ids).toEqual([1, a, b, c]);
    expect(examples[0]).toMatchObject({ decoder: [0, d, e], labels: [d, e, f] });
    expect(truncated).toBe(2);
  });

  test("become batches of two sides", () => {
    const { examples } = encodeCompletions([example, { text: "a", second: "b" }], letters(2), options);
    expect(examples.map(lengthOf)).toEqual([4, 2]);
    const batch = collate(examples, { length: 5, batchSize: 3, padId: 7, perToken: true });
    expect([...batch.ids]).toEqual([1, a, b, c, 7, 1, a, 7, 7, 7, 1, a, b, c, 7]);
    expect([...batch.decoder!.ids]).toEqual([0, d, e, f, 7, 0, b, 7, 7, 7, 0, d, e, f, 7]);
    expect([...batch.decoder!.mask]).toEqual([1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0]);
    expect([...batch.labels]).toEqual([d, e, f, 2, 0, b, 2, 0, 0, 0, d, e, f, 2, 0]);
    expect([...batch.weights]).toEqual([1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

test("a batch counts the labels that its examples count", () => {
  const { examples } = encodeCompletions([example, example], letters(2), { maxTokens: 20 });
  const batch = collate(examples, { length: 9, batchSize: 3, padId: 0, perToken: true });
  const own = [0, 0, 0, 0, 1, 1, 1, 1, 0];
  expect([...batch.weights]).toEqual([...own, ...own, ...Array(9).fill(0)]);
  expect(batch.decoder).toBeUndefined();
});

test("matches are counted by token and by text, where they count", () => {
  const texts = [
    { predicted: [5, 6, 7, 9], expected: [5, 6, 7] },
    { predicted: [1, 2, 3], expected: [4, 2, 3], weights: [0, 1, 1] },
    { predicted: [1, 2], expected: [1, 3] },
  ];
  expect(matches(texts)).toEqual({ tokenAccuracy: 6 / 7, exactMatch: 2 / 3 });
});

test("a file of completions is read by its header", () => {
  const { parse } = tasks["king-james"];
  expect(parse("prompt\tcompletion\nyou are\tthou art\n", "x")).toEqual([{ text: "you are", second: "thou art" }]);
  expect(() => parse("prompt\tcompletion\nyou are\n", "king-james/x.tsv")).toThrow("king-james/x.tsv, line 2: 1 cells");
});
