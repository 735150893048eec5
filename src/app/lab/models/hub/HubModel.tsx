import { useId } from "react";
import { referenceOf } from "../../../../worker/hub/model.ts";
import { failureInWords } from "../../../format.ts";
import { useHub } from "../../../state/hub.ts";
import { Description } from "../ModelDescription.tsx";
import { DownloadState } from "./DownloadState.tsx";
import { HubAddress } from "./HubAddress.tsx";
import { HubStatus } from "./HubStatus.tsx";
import { LookForm } from "./LookForm.tsx";
import { StoredModels } from "./StoredModels.tsx";

/** The way to a model on Hugging Face: named, looked at, downloaded, used; each at the press of its own button. */
export function HubModel() {
  const id = useId();
  const { busy, doing, seen, target, failure } = useHub();
  const isUsable = seen !== undefined && seen.description.obstacles.length === 0;
  // What is being downloaded comes before what was looked at meanwhile.
  const model = target ?? (isUsable ? seen.model : undefined);
  const isSeen = seen !== undefined && (!target || referenceOf(target) === referenceOf(seen.model));
  return (
    <section className="hub" aria-labelledby={`${id}-title`} tabIndex={-1}>
      <h2 id={`${id}-title`}>From Hugging Face</h2>
      <LookForm />
      {busy !== undefined && busy !== "downloading" && doing !== undefined && <p className="help">{doing} …</p>}
      <HubStatus />
      {isSeen && <Description name={`${seen.model.owner}/${seen.model.name}`} seen={seen.description} />}
      {target && !isSeen && (
        <p>
          <strong>
            {target.owner}/{target.name}
          </strong>
        </p>
      )}
      {model && <DownloadState model={model} />}
      {failure && (
        <p className="problem" role="alert">
          {failureInWords(failure)}
        </p>
      )}
      <StoredModels />
      <HubAddress />
    </section>
  );
}
