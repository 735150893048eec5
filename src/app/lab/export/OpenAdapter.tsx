import { useState } from "react";
import type { Failure } from "../../../engine/run/events.ts";
import { openedAtEnd, openedFor } from "../../state/labState.ts";
import { isBusy } from "../../state/phase.ts";
import { lab, useLab } from "../../state/store.ts";
import { folderOnly } from "../models/OpenModel.tsx";
import { ResumeAtEndNotice } from "../run/ResumeAtEndNotice.tsx";
import { Said } from "../useRequest.tsx";

/** The way in for an adapter: a zip, a file of a run, or the files of a folder. */
export function OpenAdapter() {
  const opened = useLab(openedFor);
  const isAtEnd = useLab((state) => openedAtEnd(state) !== undefined);
  const isTaken = useLab((state) => isBusy(state.phase));
  const [failure, setFailure] = useState<Failure>();
  const open = async (files: readonly File[]) => {
    setFailure(undefined);
    if (files.length === 0 || isTaken) return;
    const named = files.map((file) => ({ name: file.webkitRelativePath || file.name, content: file }));
    await lab.openAdapter(named).catch(setFailure);
  };
  return (
    <div className="open-adapter">
      <label>
        Open an adapter: a zip exported here, or of the folder that PEFT saves, or both of its files
        <input
          type="file"
          multiple
          disabled={isTaken}
          onChange={(event) => void open([...(event.target.files ?? [])])}
        />
      </label>
      <label>
        Or the folder itself
        <input
          type="file"
          {...folderOnly}
          disabled={isTaken}
          onChange={(event) => void open([...(event.target.files ?? [])])}
        />
      </label>
      <ResumeAtEndNotice />
      <Said result={undefined} failure={failure} />
      {opened && !isAtEnd && (
        <p className="hint" role="status">
          Train goes on from step {opened.from.step} of the adapter that was opened{failure && " before; it stays"}.
        </p>
      )}
      {opened && opened.warnings.length > 0 && (
        <ul className="hint" aria-label="What was not taken as it stands">
          {opened.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      {opened && (
        <button type="button" disabled={isTaken} onClick={lab.closeAdapter}>
          Begin at step 0 instead
        </button>
      )}
    </div>
  );
}
