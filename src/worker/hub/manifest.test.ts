import { describe, expect, test } from "vitest";
import { type Manifest, readManifest, writeManifest } from "./manifest.ts";

const manifest: Manifest = {
  model: {
    owner: "owner",
    name: "name",
    revision: "main",
    commit: "c".repeat(40),
    files: [
      { name: "config.json", size: 700, hash: { kind: "git-sha1", hex: "a".repeat(40) } },
      { name: "model.safetensors", size: 20_000, hash: { kind: "sha256", hex: "b".repeat(64) } },
    ],
  },
  checked: new Set(["config.json"]),
};

/** What is written with some of it replaced, at the top or in the first file. */
function changed(top: object, file: object = {}): string {
  const json = JSON.parse(writeManifest(manifest));
  return JSON.stringify({ ...json, files: [{ ...json.files[0], ...file }, json.files[1]], ...top });
}

describe("manifests", () => {
  test("are read as they were written, and hold nothing else", () => {
    expect(readManifest(writeManifest(manifest))).toEqual(manifest);
    expect(readManifest(changed({ more: 1 }, { url: "https://example.org" }))).toEqual(manifest);
  });

  test.each<[string, string]>([
    ["nothing", ""],
    ["cut off", writeManifest(manifest).slice(0, -9)],
    ["a number", "1"],
    ["a list", "[]"],
    ["another version", changed({ version: 2 })],
    ["no owner", changed({ owner: undefined })],
    ["a way up", changed({ owner: ".." })],
    ["a short commit", changed({ commit: "abc" })],
    ["no files", changed({ files: [] })],
    ["a path", changed({}, { name: "../config.json" })],
    ["a negative size", changed({}, { size: -1 })],
    ["half a byte", changed({}, { size: 0.5 })],
    ["a size as text", changed({}, { size: "700" })],
    ["a hash of another length", changed({}, { hash: { kind: "sha256", hex: "a".repeat(40) } })],
    ["an unknown hash", changed({}, { hash: { kind: "md5", hex: "a".repeat(32) } })],
    ["a hash that is none", changed({}, { hash: { kind: "git-sha1", hex: "x".repeat(40) } })],
    ["one name twice", changed({}, { name: "model.safetensors" })],
    ["a check of a file that is not listed", changed({ checked: ["other.json"] })],
    ["checks that are no names", changed({ checked: [1] })],
    ["no checks", changed({ checked: true })],
  ])("with %s count as damaged", (_what, text) => expect(readManifest(text)).toBeUndefined());
});
