/** The tokens of bytes, and the characters by which byte-level tokenizers write bytes (Radford et al., 2019). */

const encoder = new TextEncoder();

/** Bytes that are printable characters stand for themselves, the others for characters from U+0100 on. */
const characters: readonly string[] = (() => {
  const isPrintable = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
})();
const byteOf: ReadonlyMap<string, number> = new Map(characters.map((character, byte) => [character, byte]));

/** A text with a character for each of its bytes. */
export function byteLevel(text: string): string {
  let mapped = "";
  for (const byte of encoder.encode(text)) mapped += characters[byte];
  return mapped;
}

/** The text of tokens that have a character for each byte; a token that has others stands for itself. */
export function textOfByteLevel(tokens: readonly string[]): string {
  const bytes = tokens.flatMap((token) => {
    const own = Array.from(token, (character) => byteOf.get(character));
    return own.every((byte) => byte !== undefined) ? own : [...encoder.encode(token)];
  });
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/** Names of the tokens that stand for the bytes of a text. */
export function byteTokens(text: string): string[] {
  return Array.from(encoder.encode(text), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
}

/** Puts texts in the place of tokens of bytes that follow each other; bytes that are none become U+FFFD each. */
export function joinByteTokens(tokens: readonly string[]): string[] {
  const joined: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length === 0) return;
    try {
      joined.push(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes)));
    } catch {
      joined.push(...bytes.map(() => "\ufffd"));
    }
    bytes = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    if (byte !== undefined) bytes.push(Number.parseInt(byte, 16));
    else {
      flush();
      joined.push(token);
    }
  }
  flush();
  return joined;
}
