import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Sha256 } from "./sha256.ts";

const hashOf = (pieces: readonly Uint8Array[]) => {
  const hash = new Sha256();
  for (const piece of pieces) hash.update(piece);
  return hash.hex();
};

test("the examples of FIPS 180-4", () => {
  const text = (words: string) => new TextEncoder().encode(words);
  expect(hashOf([])).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(hashOf([text("abc")])).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(hashOf([text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")])).toBe(
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
});

test("of any length and in any pieces it is what Node makes of all bytes", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 73 + (at >> 3)) % 256);
  for (let length = 0; length <= 260; length++) {
    const expected = createHash("sha256").update(bytes.subarray(0, length)).digest("hex");
    for (const size of [1, 3, 55, 63, 64, 65, 128, 1000]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < length; at += size) pieces.push(bytes.subarray(at, Math.min(length, at + size)));
      expect(hashOf(pieces), `${length} bytes in pieces of ${size}`).toBe(expected);
    }
  }
});
