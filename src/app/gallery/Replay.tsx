import { fetching, notFetched } from "./recordedWords.ts";
import type { Drawings } from "./useDrawings.ts";

/** What the page is about in one picture: two recorded runs, played once. */
export function Replay({ drawings }: { drawings: Drawings }) {
  return (
    <figure className="replay panel" aria-label="Two recorded runs">
      {drawings && drawings !== "failed" ? (
        <drawings.TwoRuns />
      ) : (
        <p className="empty">{drawings ? notFetched : fetching}</p>
      )}
    </figure>
  );
}
