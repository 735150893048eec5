import { useId } from "react";
import { noteLengths } from "../../../engine/settings/reader.ts";
import { showWhole } from "../../showWhole.ts";
import { lab, useLab } from "../../state/store.ts";
import { LinkLength } from "./LinkLength.tsx";

/** Where title and note are written. */
export function NotesForm() {
  const id = useId();
  const notes = useLab((state) => state.notes);
  return (
    <fieldset>
      <legend>Notes</legend>
      <details>
        <summary>Title and note for links and files</summary>
        <div className="field">
          <label htmlFor={`${id}-title`}>Title</label>
          <input
            id={`${id}-title`}
            value={notes.title}
            maxLength={noteLengths.title}
            autoComplete="off"
            onChange={(event) => lab.annotate({ title: event.target.value })}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-note`}>Note</label>
          <textarea
            id={`${id}-note`}
            rows={4}
            value={notes.note}
            maxLength={noteLengths.note}
            onFocus={showWhole}
            onChange={(event) => lab.annotate({ note: event.target.value })}
          />
        </div>
        <LinkLength />
      </details>
    </fieldset>
  );
}

/** Title and note as whoever made the link wrote them; text, whatever it looks like. */
export function NotesShown() {
  const { title, note } = useLab((state) => state.notes);
  if (title === "" && note === "") return null;
  return (
    <section className="notes" aria-label="Notes">
      {title !== "" && (
        <h2>
          <bdi>{title}</bdi>
        </h2>
      )}
      {note !== "" && (
        <p>
          <bdi>{note}</bdi>
        </p>
      )}
    </section>
  );
}
