import { describe, expect, test } from "vitest";
import { FOREIGN_MODEL } from "../../engine/model/reference.ts";
import { parseHub, parseRepository, referenceOf } from "./model.ts";

describe("what a visitor writes", () => {
  test.each([
    ["owner/name", "", "owner/name@main"],
    [" owner/name ", " v1.0 ", "owner/name@v1.0"],
    ["owner/name@abc1234", "main", "owner/name@abc1234"],
    ["hf:owner/name@abc1234", "", "owner/name@abc1234"],
    ["https://huggingface.co/owner/some.name", "", "owner/some.name@main"],
    ["https://huggingface.co/owner/name/", "", "owner/name@main"],
    ["https://huggingface.co/owner/name/tree/refs", "", "owner/name@refs"],
  ])("%s at %s is %s", (written, revision, read) => {
    const { owner, name, revision: at } = parseRepository(written, revision)!;
    expect(`${owner}/${name}@${at}`).toBe(read);
    expect(referenceOf({ owner, name, commit: at })).toMatch(FOREIGN_MODEL);
  });

  test.each([
    ["", ""],
    ["gpt2", ""],
    ["a/b/c", ""],
    ["../name", ""],
    ["owner/..", ""],
    ["owner/name", "refs/pr/1"],
    ["owner/na me", ""],
    ["https://huggingface.co/", ""],
    ["owner/name?x=1", ""],
  ])("%s at %s is no model", (written, revision) => expect(parseRepository(written, revision)).toBeUndefined());

  test.each([
    ["https://huggingface.co/", "https://huggingface.co"],
    [" http://localhost:8080 ", "http://localhost:8080"],
    ["https://mirror.example/hub/", "https://mirror.example/hub"],
    ["ftp://mirror.example", undefined],
    ["javascript:alert(1)", undefined],
    ["https://user:word@mirror.example", undefined],
    ["https://mirror.example/?a=b", undefined],
    ["huggingface.co", undefined],
    ["", undefined],
  ])("the hub's address %s is read as %s", (written, read) => expect(parseHub(written)).toBe(read));
});
