import fc from "fast-check";
import { expect, test } from "vitest";
import { ModulePattern } from "./modulePattern.ts";

test.each([
  ["q_proj", "q_proj", true],
  ["q_proj", "x.q_proj", false],
  [String.raw`(.*\.)?(layers\.0\.q)$`, "model.layers.0.q", true],
  [String.raw`(.*\.)?(^h\.0)$`, "transformer.h.0", false],
  ["(?:.*?(?:attn).*?(?:c_attn)).*?", "transformer.h.0.attn.c_attn", true],
  [
    String.raw`\bmodel\.layers\.[\d]{1,}\.(?:self_attn|mlp)\.(?:(?:q_proj|up_proj))`,
    "model.layers.12.mlp.up_proj",
    true,
  ],
  [String.raw`layer\.[0-2]\.[^.]+`, "layer.3.x", false],
  ["(?P<part>q|v)_proj", "v_proj", true],
  ["a{2}b{,2}c{1,}", "aabcc", true],
  ["a{2}b{,2}c{1,}", "abc", false],
  ["[]a]+", "a]", true],
  ["(a|)*b", "aab", true],
])("%s against %s", (source, name, isMatch) => {
  expect(ModulePattern.read(source)!.matches(name)).toBe(isMatch);
});

test.each(["(?=a)", "(a", "a)", "*a", "a++", "(a)\\1", "(?i)a", "[b-a]", "[a", "a\\", "((a{1000}){1000}){1000}"])(
  "%s is not read",
  (source) => {
    expect(ModulePattern.read(source)).toBeUndefined();
  },
);

test("a pattern that JavaScript would not end with ends", () => {
  const name = `${"a".repeat(5000)}!`;
  expect(ModulePattern.read("^(([a-z])+.)+[A-Z]([a-z])+$")!.matches(name)).toBe(false);
});

const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("a", "b", ".", "\\.", "[ab]", "[^a]", "\\w", "\\d", "1", "$", "^", "\\b"),
    fc.tuple(tie("pattern"), tie("pattern")).map(([first, second]) => first + second),
    fc.tuple(tie("pattern"), tie("pattern")).map(([first, second]) => `(?:${first}|${second})`),
    fc
      .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "*?", "{1,2}", "{2}"))
      .map(([of, times]) => `(${of})${times}`),
  ),
}));

test("it matches what JavaScript's own expressions match", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", ".", "1", "_"), maxLength: 6 });
  fc.assert(
    fc.property(pattern, name, (source, text) => {
      expect(ModulePattern.read(source)!.matches(text)).toBe(new RegExp(`^(?:${source})$`).test(text));
    }),
    { numRuns: 2000 },
  );
});
