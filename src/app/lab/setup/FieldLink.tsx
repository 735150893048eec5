import { type FieldName, runFields } from "../../../engine/settings/config.ts";
import { lab } from "../../state/store.ts";

/** The id of a setting's field, wherever in the setup it stands. */
export const fieldId = (name: FieldName) => `setting-${name}`;

/**
 * Puts the cursor into a setting's field, and unfolds what it is in. Settings about a file have theirs once it was looked
 * at; until then the way to them is the field that asks for the file.
 */
export function showField(name: FieldName): void {
  lab.present(false);
  // What was just changed, in the settings or in how the page is shown, is drawn first.
  requestAnimationFrame(() => {
    const field = document.getElementById(fieldId(name)) ?? document.getElementById(fieldId("data"));
    for (let fold = field?.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
    field?.scrollIntoView({ block: "center" });
    field?.focus({ preventScroll: true });
  });
}

/** What a setting is called, as the way to its field. */
export function FieldLink({ name }: { name: FieldName }) {
  return (
    <button type="button" className="field-link" onClick={() => showField(name)}>
      {runFields[name].label}
    </button>
  );
}
