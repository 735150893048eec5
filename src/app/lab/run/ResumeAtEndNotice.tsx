import { openedAtEnd } from "../../state/labState.ts";
import { useLab } from "../../state/store.ts";
import { FieldLink } from "../setup/FieldLink.tsx";

/** Says that a run from the adapter that was opened has no step left to train, and what to do about it. */
export function ResumeAtEndNotice() {
  const opened = useLab(openedAtEnd);
  if (!opened) return null;
  const { step } = opened.from;
  return (
    <p className="hint" role="status">
      The adapter that was opened has taken {step} steps, and Steps is no more than that: it can be shown and exported
      as it is, but there is nothing left to train. To train on, raise <FieldLink name="steps" /> above {step}.
    </p>
  );
}
