import type { LabState } from "./labState.ts";
import type { RunRecord } from "./runRecord.ts";

/** Runs that can be told apart where they are drawn over each other: as many as there are colours, dashes and markers. */
export const LOOKS = 4;

/** The runs of this visit, the one that is trained or was last among them. */
type Shelf = Pick<LabState, "current" | "kept" | "ticked">;

/** All runs of the visit, the newest first. */
export function runsOf({ current, kept }: Pick<Shelf, "current" | "kept">): readonly RunRecord[] {
  return current ? [current, ...kept] : kept;
}

/** The ticked runs, which are drawn beside the current one. */
export function besides({ current, kept, ticked }: Shelf): readonly RunRecord[] {
  return kept.filter(({ id }) => ticked.includes(id) && id !== current?.id);
}

/** Everything that is drawn, the current run first. */
export function drawnRuns(shelf: Shelf): readonly RunRecord[] {
  return shelf.current ? [shelf.current, ...besides(shelf)] : besides(shelf);
}

/** Number and look of the next run: a look that none has yet, or that of the run which is the longest ago. */
export function nextRun(shelf: Shelf): Pick<RunRecord, "id" | "look"> {
  const runs = runsOf(shelf);
  const isDrawn = ({ look }: RunRecord) =>
    drawnRuns(shelf)
      .slice(0, LOOKS - 1)
      .some((each) => each.look === look);
  const free = Array.from({ length: LOOKS }, (_, look) => look).find((look) =>
    runs.every((each) => each.look !== look),
  );
  const oldest = runs.findLast((run) => !isDrawn(run));
  return { id: Math.max(0, ...runs.map(({ id }) => id)) + 1, look: free ?? oldest?.look ?? 0 };
}

/** Puts a run on the shelf, ticked; of the ticked ones as many stay as can be told apart beside another. */
export function shelved(run: RunRecord, { kept, ticked }: Shelf): Pick<Shelf, "kept" | "ticked"> {
  return { kept: [run, ...kept], ticked: [run.id, ...ticked].slice(0, LOOKS - 1) };
}

/** Ticks a run, or not. One of the same look, and the one that was ticked first, give way. */
export function tickedWith(run: RunRecord, isTicked: boolean, shelf: Shelf): readonly number[] {
  const others = besides(shelf).filter(({ id, look }) => id !== run.id && (!isTicked || look !== run.look));
  const ids = shelf.ticked.filter((id) => others.some((each) => each.id === id));
  return isTicked ? [run.id, ...ids].slice(0, LOOKS - 1) : ids;
}
