import type { RecordedDispatch } from "./recordedDispatch.ts";
import type { Storage } from "./tensor.ts";

/**
 * Moves dispatches that were recorded as early ones to just behind the last one that writes what they read, each group
 * together. Nothing is computed otherwise; what only they read can be given up sooner.
 */
export function hoisted(recorded: readonly RecordedDispatch[]): readonly RecordedDispatch[] {
  if (recorded.every(({ early }) => early === undefined)) return recorded;
  /** What stays in its place, each followed by what moves behind it. */
  const places: RecordedDispatch[][] = [[]];
  const written = new Map<Storage, number>();
  for (let at = 0; at < recorded.length; ) {
    const { early } = recorded[at]!;
    const group = [recorded[at++]!];
    while (early !== undefined && recorded[at]?.early === early) group.push(recorded[at++]!);
    const read = group.flatMap(({ kernel, tensors }) =>
      [...kernel.reads, ...kernel.updates].map((name) => tensors[name]!.storage),
    );
    const place =
      early === undefined ? places.push([]) - 1 : Math.max(...read.map((storage) => written.get(storage) ?? 0));
    places[place]!.push(...group);
    for (const { kernel, tensors } of group)
      for (const name of [...kernel.updates, ...kernel.writes]) written.set(tensors[name]!.storage, place);
  }
  return places.flat();
}
