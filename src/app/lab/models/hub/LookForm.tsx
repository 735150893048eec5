import { Search, X } from "lucide-react";
import { type KeyboardEvent, useId } from "react";
import { parseRepository } from "../../../../worker/hub/model.ts";
import { hub, hubAddress, useHub } from "../../../state/hub.ts";
import { isBusy } from "../../../state/phase.ts";
import { useLab } from "../../../state/store.ts";

/** Names a model on the hub and looks at it. */
export function LookForm() {
  const id = useId();
  const { repository, revision, busy } = useHub();
  const phase = useLab((state) => state.phase);
  // Looking counts the memory on the device, which a run has for itself.
  const isTraining = isBusy(phase);
  const isNamed = parseRepository(repository, revision) !== undefined;
  const isUnreadable = repository.trim() !== "" && !isNamed;
  const canLook = isNamed && busy === undefined && !isTraining;
  const isLooking = busy === "looking";
  const lookAtEnter = (event: KeyboardEvent) => {
    if (event.key === "Enter" && canLook) void hub.look();
  };
  const input = {
    spellCheck: false,
    autoComplete: "off",
    autoCapitalize: "none",
    "aria-describedby": `${id}-help`,
    onKeyDown: lookAtEnter,
  };
  return (
    <>
      <div className="hub-name">
        <label htmlFor={`${id}-name`}>Name</label>
        <input
          {...input}
          id={`${id}-name`}
          value={repository}
          placeholder="owner/name"
          aria-invalid={isUnreadable}
          onChange={(event) => hub.write({ repository: event.target.value })}
        />
        <label htmlFor={`${id}-revision`}>Revision</label>
        <input
          {...input}
          id={`${id}-revision`}
          value={revision}
          placeholder="main"
          onChange={(event) => hub.write({ revision: event.target.value })}
        />
      </div>
      <p id={`${id}-help`} className="help">
        {isUnreadable && (
          <strong className="problem">
            Write owner/name, such as distilbert/distilgpt2, and a branch, tag or commit without a slash.{" "}
          </strong>
        )}
        Nothing is asked of {new URL(hubAddress()).host} before you press Look, and no weights come before Download.
      </p>
      <p className="actions">
        <button
          type="button"
          aria-disabled={!canLook && !isLooking}
          onClick={() => {
            if (isLooking) hub.pause();
            else if (canLook) void hub.look();
          }}
        >
          {isLooking ? <X aria-hidden="true" /> : <Search aria-hidden="true" />} {isLooking ? "Stop looking" : "Look"}
        </button>
      </p>
      {isTraining && !isLooking && <p className="help">Looking waits until the run is paused.</p>}
    </>
  );
}
