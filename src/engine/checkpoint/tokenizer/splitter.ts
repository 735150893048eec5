import type { Section } from "./addedTokens.ts";
import type { SplitWord } from "./model.ts";
import type { Piece } from "./pieces.ts";
import type { PreTokenizer } from "./preTokenizers.ts";

/** Words that are remembered with their ids, and the longest of them. */
const REMEMBERED = 10_000;
const LONGEST = 256;

/** Turns texts into ids: into sections between added tokens, these into pieces, and each piece into tokens. */
export function textSplitter(
  cut: (text: string) => readonly Section[],
  preTokenizers: readonly PreTokenizer[],
  splitWord: SplitWord,
): (text: string) => number[] {
  const known = new Map<string, readonly number[]>();
  const idsOf = ({ text }: Piece): readonly number[] => {
    if (text.length > LONGEST) return splitWord(text);
    let ids = known.get(text);
    if (!ids) {
      ids = splitWord(text);
      if (known.size >= REMEMBERED) known.clear();
      known.set(text, ids);
    }
    return ids;
  };
  return (text) =>
    cut(text).flatMap((section) => {
      if (typeof section === "number") return section;
      let pieces: readonly Piece[] = section.text === "" ? [] : [section];
      for (const step of preTokenizers) pieces = pieces.flatMap(step).filter((piece) => piece.text !== "");
      return pieces.flatMap(idsOf);
    });
}
