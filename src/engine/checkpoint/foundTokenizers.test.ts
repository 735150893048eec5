import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { bundled } from "../testing/models.ts";
import { createTokenizer } from "./tokenizer.ts";

/** Tokenizers of others, with texts that were once split wrong and what their own programs make of them. */
const shared = path.join(bundled, "../../../shared");
const cases = path.join(shared, "findings/fidelity-cases");
const folders: Readonly<Record<string, string>> = {
  "t5-tokenizer": path.join(cases, "t5-tokenizer"),
  "bert-base-uncased": path.join(shared, "data/tokenizers/bert-base-uncased"),
};
const expectedFile = path.join(cases, "tokenizer-expected.json");
const caretCase = path.join(shared, "findings/cases/tokenizer-punctuation-caret");

const read = (...parts: string[]) => readFileSync(path.join(...parts), "utf8");

test.skipIf(!existsSync(caretCase))("marks that Unicode calls symbols stand apart", () => {
  const { text, ids } = JSON.parse(read(caretCase, "expected.json")) as { text: string; ids: number[] };
  expect(createTokenizer(read(caretCase, "tokenizer.json")).encode(text).ids).toEqual(ids);
});

test.skipIf(!existsSync(expectedFile)).each(Object.keys(folders))("%s", (name) => {
  const expected = JSON.parse(read(expectedFile)) as Record<string, [text: string, ids: number[]][]>;
  const tokenizer = createTokenizer(read(folders[name]!, "tokenizer.json"));
  for (const [text, ids] of expected[name]!) expect(tokenizer.encode(text).ids, text).toEqual(ids);
});
