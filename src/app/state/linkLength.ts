/** Characters up to which a link survives: everywhere, in most chat programs, in those that cut at 4 kB. */
export const LINK_LENGTHS = { safe: 1500, risky: 2000, most: 4000 } as const;

/** How far a link of a length gets, from the best to the worst. */
export type LinkGrade = "safe" | "risky" | "long" | "file";

export function gradeOf(length: number): LinkGrade {
  if (length <= LINK_LENGTHS.safe) return "safe";
  if (length <= LINK_LENGTHS.risky) return "risky";
  return length <= LINK_LENGTHS.most ? "long" : "file";
}
