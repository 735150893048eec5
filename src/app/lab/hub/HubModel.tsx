import { Search } from "lucide-react";
import { type KeyboardEvent, useId } from "react";
import { parseRepository, referenceOf } from "../../../worker/hub/model.ts";
import { hub, hubAddress, useHub } from "../../hub.ts";
import { useLab } from "../../store.ts";
import { Description } from "../ModelDescription.tsx";
import { DownloadState } from "./DownloadState.tsx";
import { HubAddress } from "./HubAddress.tsx";
import { HubNews } from "./HubNews.tsx";
import { StoredModels } from "./StoredModels.tsx";

/** The way to a model on Hugging Face: named, looked at, downloaded, used; each at the press of its own button. */
export function HubModel() {
  const id = useId();
  const { repository, revision, busy, doing, seen, target, failure } = useHub();
  const phase = useLab((state) => state.phase);
  // Looking counts the memory on the device, which a run has for itself.
  const isTraining = phase === "training" || phase === "preparing";
  const isNamed = parseRepository(repository, revision) !== undefined;
  const isUnreadable = repository.trim() !== "" && !isNamed;
  const canLook = isNamed && busy === undefined && !isTraining;
  const lookAtEnter = (event: KeyboardEvent) => {
    if (event.key === "Enter" && canLook) void hub.look();
  };
  return (
    <section className="hub" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>From Hugging Face</h3>
      <div className="hub-name">
        <label htmlFor={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          value={repository}
          placeholder="owner/name"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="none"
          aria-invalid={isUnreadable}
          aria-describedby={`${id}-help`}
          onChange={(event) => hub.write({ repository: event.target.value })}
          onKeyDown={lookAtEnter}
        />
        <label htmlFor={`${id}-revision`}>Revision</label>
        <input
          id={`${id}-revision`}
          value={revision}
          placeholder="main"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="none"
          onChange={(event) => hub.write({ revision: event.target.value })}
          onKeyDown={lookAtEnter}
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
        <button type="button" disabled={!canLook} onClick={() => void hub.look()}>
          <Search aria-hidden="true" /> Look
        </button>
        {busy === "looking" && (
          <button type="button" onClick={hub.pause}>
            Stop looking
          </button>
        )}
      </p>
      {isTraining && busy === undefined && <p className="help">Looking waits until the run is paused.</p>}
      {busy !== undefined && busy !== "downloading" && doing !== undefined && <p className="help">{doing} …</p>}
      <HubNews />
      {seen && <Description name={`${seen.model.owner}/${seen.model.name}`} seen={seen.description} />}
      {seen &&
        (!target || referenceOf(target) === referenceOf(seen.model)) &&
        seen.description.obstacles.length === 0 && <DownloadState model={seen.model} />}
      {target && (!seen || referenceOf(target) !== referenceOf(seen.model)) && <DownloadState model={target} />}
      {failure && (
        <p className="problem" role="alert">
          {failure.message[0]?.toUpperCase()}
          {failure.message.slice(1)}. {failure.hint}
        </p>
      )}
      <StoredModels />
      <HubAddress />
    </section>
  );
}
