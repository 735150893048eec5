/**
 * Splits words into the longest pieces from their starts, or not at all (WordPiece, Devlin et al., 2019).
 *
 * @param prefix of pieces that are inside a word.
 * @param longest words of more characters are unknown.
 */
export function wordPieces(
  ids: ReadonlyMap<string, number>,
  { unknown, prefix, longest }: { readonly unknown: number; readonly prefix: string; readonly longest: number },
): (word: string) => readonly number[] {
  return (word) => {
    const characters = Array.from(word);
    if (characters.length > longest) return [unknown];
    const found: number[] = [];
    let start = 0;
    while (start < characters.length) {
      let end = characters.length + 1;
      let id: number | undefined;
      while (id === undefined && --end > start) {
        id = ids.get((start > 0 ? prefix : "") + characters.slice(start, end).join(""));
      }
      if (id === undefined) return [unknown];
      found.push(id);
      start = end;
    }
    return found;
  };
}
