import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createTokenizer } from "./tokenizer.ts";

interface Made {
  readonly tokenizer: object;
  readonly encodings: readonly {
    readonly texts: readonly [string, string?];
    readonly ids: readonly number[];
    readonly segments: readonly number[];
    readonly decoded: string;
  }[];
}

/** What Hugging Face's own library (in Rust) makes of texts: tools/fixtures/small_tokenizers.py. */
const made = JSON.parse(readFileSync(path.join(import.meta.dirname, "fixtures/tokenizers.json"), "utf8")) as Readonly<
  Record<string, Made>
>;

describe.each(Object.entries(made))("%s", (_, { tokenizer, encodings }) => {
  const ours = createTokenizer(JSON.stringify(tokenizer));

  test.each(encodings.map((each) => [JSON.stringify(each.texts), each] as const))(
    "%s",
    (_, { texts: [text, second], ids, segments, decoded }) => {
      const encoded = ours.encode(text, second === undefined ? {} : { second });
      expect(encoded.ids).toEqual(ids);
      expect(encoded.segments).toEqual(segments);
      expect(ours.decode(ids)).toBe(decoded);
    },
  );
});
