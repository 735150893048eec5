import { SplitPreTokenizer } from "@huggingface/tokenizers";
import { describe, expect, test } from "vitest";
import { RefusedFileError } from "../refusal.ts";
import { checkPattern, knownPatterns } from "./patterns.ts";

const verdict = (pattern: unknown) => {
  try {
    checkPattern(pattern, (code, what) => new RefusedFileError(code, what));
    return "accepted";
  } catch (error) {
    return (error as RefusedFileError).code;
  }
};

/** The square of this is seconds, and there are ninety texts. */
const LENGTH = 30_000;
const runs = [
  ...[
    " ",
    "\n",
    " \n",
    "\r",
    "\t",
    "a",
    "A",
    "Aa",
    "aA",
    "ʰ",
    "漢",
    "\u0301",
    "1",
    "٣",
    "!",
    "! ",
    "'",
    "'s",
    "▁",
    "_",
    ".",
  ],
  ...["a ", " a", "a'", "\u00a0", "¼", "/", "!\n", "▁a"],
].map((unit) => unit.repeat(LENGTH / unit.length));

describe("patterns that are known", () => {
  test.each([...knownPatterns, "\\s+", " {2,}", "\\p{N}{1,3}", "[0-9][0-9][0-9]", "\\s{2,}|[\\n\\r\\t]"])(
    "%s",
    (pattern) => {
      expect(verdict(pattern)).toBe("accepted");
      const split = new SplitPreTokenizer({
        type: "Split",
        pattern: { Regex: pattern },
        behavior: "Isolated",
        invert: false,
      });
      const start = process.cpuUsage();
      for (const run of runs) {
        for (const text of [run, `${run}x`, `x${run}!`]) expect(split.pre_tokenize(text).join("")).toBe(text);
      }
      const { user, system } = process.cpuUsage(start);
      // Some 90 texts of 100,000 characters: a few milliseconds each.
      expect((user + system) / 1000).toBeLessThan(90 * 100);
    },
  );
});

describe("patterns that are refused", () => {
  const unsafe = [
    ...["(a+)+$", "(?:a|aa)+$", "(.*)*(.*)*(.*)*=x", "\\s+$", "^\\s+|\\s+$", "a*", "\\s*", "a+b", "(a)", "a|", "a*a*b"],
    ...["\\s+(?=x)", "(\\w+\\s?)*!", "a{1,100}", "(?<=a+)b", "\\bword\\b", "[a-z]+[0-9]+$", `(?:${"a?".repeat(30)})`],
    "a".repeat(1001),
  ];
  test.each(unsafe)("%s", (pattern) => expect(verdict(pattern)).toBe("tok-regex-unsafe"));

  const invalid = ["[", "(", "\\", "*a", "[z-a]", "\\p{Nonsense}", "(?<n>a)(?<n>b)", "a{2,1}", 7, null, ["a"], {}];
  test.each(invalid)("%j", (pattern) => expect(verdict(pattern)).toBe("tok-regex-invalid"));
});
