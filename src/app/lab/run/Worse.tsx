import { isHeld } from "../../state/phase.ts";
import { worseInWords } from "../../state/runRecord.ts";
import { lab, useLab } from "../../state/store.ts";

/** Says that a run got worse than it was before training, and offers a smaller learning rate. */
export function Worse() {
  const current = useLab((state) => state.current);
  const phase = useLab((state) => state.phase);
  const chosen = useLab((state) => state.config.learningRate);
  const words = worseInWords(current);
  if (!isHeld(phase) || !current || words === undefined) return null;
  const smaller = Number((current.config.learningRate / 10).toPrecision(1));
  return (
    <p className="hint" role="status">
      {words}. {chosen > smaller ? "A smaller learning rate may help: " : "The next run has a smaller learning rate."}
      {chosen > smaller && (
        <button type="button" className="field-link" onClick={() => lab.configure({ learningRate: smaller })}>
          set it to {smaller}
        </button>
      )}
    </p>
  );
}
