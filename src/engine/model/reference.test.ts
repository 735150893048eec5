import { describe, expect, test } from "vitest";
import { describeReference, FOREIGN_MODEL, parseReference, referenceName } from "./reference.ts";

describe("references to models", () => {
  test.each([
    ["pd-bert", { kind: "bundled", name: "pd-bert" }],
    [
      "hf:owner/some.name@a1b2c3",
      { kind: "hub", owner: "owner", name: "some.name", revision: "a1b2c3", hasModules: false },
    ],
    ["hf:o/n@a1b2c3~modules", { kind: "hub", owner: "o", name: "n", revision: "a1b2c3", hasModules: true }],
    ["file:my-model~0123456789abcdef", { kind: "file", name: "my-model", hash: "0123456789abcdef" }],
  ])("%s is taken apart", (reference, parsed) => {
    expect(parseReference(reference)).toEqual(parsed);
    expect(describeReference(reference)).toContain(parsed.name);
  });

  test.each([
    "https://example.org/model",
    "hf:owner/name",
    "hf:../name@main",
    "hf:owner/name@../main",
    "hf:owner/name@main/../../x",
    "hf:owner/name@main~other",
    "hf:owner/name@main~modules~modules",
    "file:a/b~0123456789abcdef",
    "file:name~0123",
    "file:.hidden~0123456789abcdef",
    "javascript:alert(1)",
  ])("%s is none", (reference) => expect(FOREIGN_MODEL.test(reference)).toBe(false));

  test("any file name makes a part of one", () => {
    for (const name of ["model", "my model (2)", "../../etc/passwd", "", "é", "x".repeat(200)]) {
      expect(`file:${referenceName(name)}~0123456789abcdef`).toMatch(FOREIGN_MODEL);
    }
  });
});
