import { expect, test } from "vitest";
import { createTokenizer } from "../tokenizer.ts";
import { bytePairs, pairOf } from "./bytePairs.ts";

const seconds = (start: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};

test("a vocabulary of 128,000 tokens is read in time, and so is a text without words", () => {
  const letters = Array.from({ length: 256 }, (_, at) => String.fromCharCode(0x4e00 + at));
  const vocab: Record<string, number> = {};
  let size = 0;
  const add = (token: string) => {
    vocab[token] = size++;
  };
  for (const letter of letters) add(letter);
  const merges: [string, string][] = [];
  for (const left of letters) {
    for (const right of letters) {
      add(left + right);
      merges.push([left, right]);
    }
  }
  const pairs = [...merges];
  for (const [left, right] of pairs) {
    if (size >= 128_000) break;
    const third = letters[size % 256]!;
    add(left + right + third);
    merges.push([left + right, third], [left, right + third]);
  }
  const text = JSON.stringify({ model: { type: "BPE", vocab, merges } });

  const start = process.cpuUsage();
  const tokenizer = createTokenizer(text);
  expect(seconds(start)).toBeLessThan(3);
  expect(tokenizer.vocabularySize).toBe(128_000);
  expect(tokenizer.encode(Object.keys(vocab).at(-1)!).ids).toEqual([127_999]);

  const long = letters[0]!.repeat(200_000);
  const begun = process.cpuUsage();
  expect(tokenizer.decode(tokenizer.encode(long).ids).replaceAll(" ", "")).toBe(long);
  expect(seconds(begun)).toBeLessThan(3);
});

test("the lowest rank is merged first, of equal ones the leftmost, and what is no token is left out or one", () => {
  const tokens = ["a", "b", "c", "ab", "bc", "abc", "aa", "?"];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const id = (token: string) => ids.get(token)!;
  const merge = (left: string, right: string, rank: number) =>
    [pairOf(id(left), id(right)), { rank, id: id(left + right) }] as const;
  const merges = new Map([merge("b", "c", 0), merge("a", "b", 1), merge("a", "bc", 2), merge("a", "a", 3)]);
  const options = { unknown: id("?"), fuses: false, byteFallback: false, wholeWords: false, suffix: "" };
  const split = (word: string, changed: Partial<typeof options> | { unknown: undefined } = {}) =>
    bytePairs(ids, merges, { ...options, ...changed })(word).map((each) => tokens[each]);
  expect(split("abc")).toEqual(["abc"]);
  expect(split("aab")).toEqual(["a", "ab"]);
  expect(split("aaa")).toEqual(["aa", "a"]);
  expect(split("axxb")).toEqual(["a", "?", "?", "b"]);
  expect(split("axxb", { fuses: true })).toEqual(["a", "?", "b"]);
  expect(split("axxb", { unknown: undefined })).toEqual(["ab"]);
});
