import type { ShownLayer } from "../charts/spectrum/view.ts";
import { effectiveRanks } from "../state/rankFacts.ts";
import { methodName } from "../state/runNames.ts";
import { framesOf, valuesPerLayer } from "../state/runRecord.ts";

/** What a layer's update uses of the rank that it may have, by effective rank at the last measurement: "1.3 of 8". */
export function usedAt({ record, layer }: ShownLayer): { readonly rank: number; readonly words: string } {
  const frame = framesOf(record).at(-1);
  const rank = frame ? effectiveRanks(record, frame)[layer]! : 0;
  return { rank, words: `${rank.toFixed(1)} of ${valuesPerLayer(record)}` };
}

export function usesInWords(each: ShownLayer): string {
  return `${methodName(each.record)} uses ${usedAt(each).words}`;
}

/** The same where there is little room. */
export function shortly(each: ShownLayer): string {
  return `${methodName(each.record).split(" ")[0]} ${usedAt(each).rank.toFixed(1)}`;
}
