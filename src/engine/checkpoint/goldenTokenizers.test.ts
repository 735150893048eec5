import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { bundled, fileBytes } from "../testing/models.ts";
import type { CheckpointFiles } from "./files.ts";
import type { TextTokenizer } from "./tokenizer.ts";
import { readTokenizer } from "./tokenizerFiles.ts";

/** Tokenizers of others and what their own programs make of twelve texts; they are not ours to ship. */
const data = path.join(bundled, "../../../shared/data");
const goldenFile = path.join(data, "tokenizers/golden_encodings.json");

interface Golden {
  readonly cases: Readonly<
    Record<string, readonly { readonly text: string; readonly ids?: readonly number[]; readonly decoded?: string }[]>
  >;
}

const folders: Readonly<Record<string, string>> = {
  "bert-base-uncased": "tokenizers/bert-base-uncased",
  gpt2: "tokenizers/gpt2",
  stories260K: "checkpoints/stories260K",
  "use-lite": "checkpoints/use-lite",
};
const fileOf = (name: string, file: string) => path.join(data, folders[name]!, file);

/** Files on disk, or texts in their place. */
function source(contents: Readonly<Record<string, { readonly at: string } | string>>): CheckpointFiles {
  return {
    names: Object.keys(contents),
    async read(file) {
      const content = contents[file]!;
      return typeof content === "string"
        ? (new TextEncoder().encode(content).buffer as ArrayBuffer)
        : fileBytes(content.at);
    },
  };
}

describe.skipIf(!existsSync(goldenFile))("golden encodings", () => {
  const golden = existsSync(goldenFile) ? (JSON.parse(readFileSync(goldenFile, "utf8")) as Golden) : { cases: {} };

  function check(tokenizer: TextTokenizer, name: string) {
    expect(golden.cases[name]).toHaveLength(12);
    for (const { text, ids, decoded } of golden.cases[name]!) {
      // The empty text has no token of its own, which its own program cannot decode and ours does not give back.
      if (text === "" && !ids?.length) continue;
      const encoded = tokenizer.encode(text).ids;
      expect(encoded, text).toEqual(ids);
      expect(tokenizer.decode(encoded), text).toBe(decoded);
    }
  }

  test.each(Object.keys(folders))("%s by its tokenizer.json", async (name) => {
    const names = ["tokenizer.json", "tokenizer_config.json"].filter((file) => existsSync(fileOf(name, file)));
    check(
      await readTokenizer(source(Object.fromEntries(names.map((file) => [file, { at: fileOf(name, file) }]))), {}),
      name,
    );
  });

  test("bert-base-uncased by its vocab.txt", async () => {
    const name = "bert-base-uncased";
    const files = source({
      "vocab.txt": { at: fileOf(name, "vocab.txt") },
      "tokenizer_config.json": { at: fileOf(name, "tokenizer_config.json") },
    });
    const tokenizer = await readTokenizer(files, { padId: 0 });
    check(tokenizer, name);
    expect(tokenizer.vocabularySize).toBe(30_522);
    const json = await readTokenizer(source({ "tokenizer.json": { at: fileOf(name, "tokenizer.json") } }), {});
    const pair = { second: "A guitar." };
    expect(tokenizer.encode("A man plays.", pair)).toEqual(json.encode("A man plays.", pair));
  });

  test("gpt2 by its vocab.json and merges.txt", async () => {
    const { model } = JSON.parse(readFileSync(fileOf("gpt2", "tokenizer.json"), "utf8"));
    const files = source({
      "vocab.json": JSON.stringify(model.vocab),
      "merges.txt": `#version: 0.2\n${model.merges.join("\n")}\n`,
    });
    const tokenizer = await readTokenizer(files, {});
    check(tokenizer, "gpt2");
    expect(tokenizer.endOfTextId).toBe(50_256);
    expect(tokenizer.decode([50_256])).toBe("");
  });

  test("special tokens of a Llama are those that its files name", async () => {
    const files = source({
      "tokenizer.json": { at: fileOf("stories260K", "tokenizer.json") },
      "tokenizer_config.json": { at: fileOf("stories260K", "tokenizer_config.json") },
    });
    const tokenizer = await readTokenizer(files, {});
    expect(tokenizer).toMatchObject({ beginOfTextId: 1, endOfTextId: 2, padId: 0 });
    expect(tokenizer.encode("a", { specialTokens: false }).ids).toEqual(tokenizer.encode("a").ids.slice(1));
  });
});
