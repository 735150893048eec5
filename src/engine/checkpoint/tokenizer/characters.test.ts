import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RefusedFileError } from "../refusal.ts";
import { addedTokenSplitter } from "./addedTokens.ts";
import { byteLevel, byteTokens, joinByteTokens, textOfByteLevel } from "./bytes.ts";
import { readNormalizer } from "./normalizers.ts";
import type { Behavior, Piece } from "./pieces.ts";
import { split } from "./pieces.ts";
import { readPreTokenizer } from "./preTokenizers.ts";
import type { Refuse } from "./refuse.ts";

const refuse: Refuse = (code, what) => new RefusedFileError(code, what);
const anyText = fc.string({ unit: "binary" });

/** The pieces of a text by the name of a pre-tokenizer, or by its parts. */
function pieces(parts: string | object, text: string): string[] {
  const steps = readPreTokenizer(typeof parts === "string" ? { type: parts } : parts, refuse);
  return steps
    .reduce<readonly Piece[]>((all, step) => all.flatMap(step), [{ text, isFirst: true }])
    .map((piece) => piece.text);
}
const normal = (parts: string | object, text: string) =>
  readNormalizer(typeof parts === "string" ? { type: parts } : parts, refuse, "tokenizer.json")!(text);

describe("characters are of the classes that they have in Rust", () => {
  test("every ASCII mark is punctuation", () => {
    const marks = Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + at)).filter((c) => !/\w/.test(c));
    for (const mark of [...marks, "_"]) {
      expect(pieces("Punctuation", `a${mark}b`), mark).toEqual(["a", mark, "b"]);
      expect(pieces("BertPreTokenizer", `a${mark}b`), mark).toEqual(["a", mark, "b"]);
    }
  });

  test("what joins letters is of words, and so are marks", () => {
    for (const joiner of ["\u200d", "\u200c", "\u0301", "_", "٣"])
      expect(pieces("Whitespace", `a${joiner}b`)).toHaveLength(1);
    expect(pieces("Whitespace", "ab\ufeff c")).toEqual(["ab", "\ufeff", "c"]);
  });

  test("blanks are those of Unicode", () => {
    expect(pieces("WhitespaceSplit", "a\ufeffb c\u0085d\u3000e")).toEqual(["a\ufeffb", "c", "d", "e"]);
    expect(normal({ type: "Strip", strip_left: true, strip_right: true }, "\u0085\ufeffa\ufeff\u0085")).toBe(
      "\ufeffa\ufeff",
    );
  });

  test("numbers are those of every script", () => {
    expect(pieces({ type: "Digits", individual_digits: true }, "a½Ⅷ٣")).toEqual(["a", "½", "Ⅷ", "٣"]);
  });

  test("ideographs of every plane stand apart in texts for BERT, what is beside them does not go", () => {
    expect(normal("BertNormalizer", "🧑‍💻\u{20000}x")).toBe("🧑💻 \u{20000} x");
    expect(normal("BertNormalizer", "a\u0000b\u00adc\u000bd\te")).toBe("abcd e");
  });

  test("letters change their case one by one", () => expect(normal("Lowercase", "ΟΔΟΣ İ")).toBe("οδοσ i̇"));

  test("what is put in the place of a text is no pattern", () => {
    expect(normal({ type: "Replace", pattern: { String: "a" }, content: "$&$1" }, "aa")).toBe("$&$1$&$1");
  });
});

describe("added tokens", () => {
  const token = (id: number, content: string, flags: object = {}) => {
    return {
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
      ...flags,
    };
  };
  const sections = (tokens: ReturnType<typeof token>[], text: string) =>
    addedTokenSplitter(tokens, undefined)(text).map((each) => (typeof each === "number" ? each : each.text));

  test("may be blank", () => {
    expect(sections([token(1, "  "), token(2, "\n")], "a   b\n")).toEqual(["a", 1, " b", 2]);
  });

  test("take the blanks beside them along, where they are to", () => {
    expect(
      sections([token(1, "<s>", { lstrip: true }), token(2, "</s>", { rstrip: true })], "a <s> b </s>\u0085 c"),
    ).toEqual(["a", 1, " b ", 2, "c"]);
  });

  test("that are words are found as words only", () => {
    expect(sections([token(1, "the", { single_word: true })], "the other the\u200d the")).toEqual([
      1,
      " other the\u200d ",
      1,
    ]);
  });

  test("the longest of a place is taken", () => {
    expect(sections([token(1, "ab"), token(2, "abc")], "abcab")).toEqual([2, 1]);
  });
});

describe("for any text", () => {
  test("pieces are the text, in order", () => {
    const behaviors: Behavior[] = ["Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];
    fc.assert(
      fc.property(anyText, fc.constantFrom(...behaviors), fc.boolean(), (text, behavior, invert) => {
        const found = split({ text, isFirst: true }, /\p{L}|\p{White_Space}+/gu, behavior, invert);
        expect(found.map((piece) => piece.text).join("")).toBe(text);
        expect(found.every((piece, at) => piece.text !== "" && piece.isFirst === (at === 0))).toBe(true);
      }),
    );
  });

  test("its bytes give it back", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(textOfByteLevel([byteLevel(text)])).toBe(text);
        expect(joinByteTokens(byteTokens(text)).join("")).toBe(text);
      }),
    );
  });

  test("texts between added tokens and the tokens are the text", () => {
    const contents = ["ab", "a", " ", "\n", "<s>"];
    const tokens = contents.map((content, id) => {
      return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    });
    const cut = addedTokenSplitter(tokens, undefined);
    const mixed = fc.array(fc.oneof(fc.constantFrom(...contents), anyText)).map((parts) => parts.join(""));
    fc.assert(
      fc.property(mixed, (text) => {
        const whole = cut(text).map((section) => (typeof section === "number" ? contents[section] : section.text));
        expect(whole.join("")).toBe(text);
      }),
    );
  });
});
