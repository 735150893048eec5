import { openedAtEnd, openedFor } from "../../state/labState.ts";
import { useLab } from "../../state/store.ts";

/** Says that the next run goes on from an adapter, and what of that was not taken as it stands. */
export function OpenedNotice() {
  const opened = useLab(openedFor);
  const isAtEnd = useLab((state) => openedAtEnd(state) !== undefined);
  const isTaken = useLab(({ current }) => current?.openedAt !== undefined);
  if (!opened || isAtEnd || isTaken) return null;
  return (
    <section className="notes" aria-label="Adapter">
      <p>The next run begins at step {opened.from.step} of the adapter that was opened.</p>
      {opened.warnings.map((warning) => (
        <p key={warning} className="hint">
          {warning}
        </p>
      ))}
    </section>
  );
}
