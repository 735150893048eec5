import { Download, Pause, Play, X } from "lucide-react";
import { shortRevision } from "../../../engine/model/reference.ts";
import { bytesOf, type HubModel, referenceOf } from "../../../worker/hub/model.ts";
import { duration, megabytes } from "../../format.ts";
import { hub, storedOf, useHub } from "../../hub.ts";

/** Where a model stands between the hub and this browser, and what can be done about it. */
export function DownloadState({ model }: { model: HubModel }) {
  const state = useHub();
  const stored = storedOf(state, model);
  const isTarget = state.target !== undefined && referenceOf(state.target) === referenceOf(model);
  const isOn = isTarget && state.busy === "downloading";
  const isBusy = state.busy !== undefined;
  const total = bytesOf(model);
  const loaded = isTarget && state.transfer ? state.transfer.loaded : (stored?.storedBytes ?? 0);
  return (
    <div className="download">
      <p className="help">
        Commit {shortRevision(model.commit)}: {model.files.length} files, {megabytes(total)}.
      </p>
      {(isOn || (loaded > 0 && !stored?.isComplete)) && (
        <>
          <progress aria-label={`Download of ${model.owner}/${model.name}`} value={loaded} max={Math.max(1, total)} />
          <p className="help numbers">
            {megabytes(loaded)} of {megabytes(total)}
            {isOn && <Pace />}
          </p>
        </>
      )}
      <p className="actions">
        {isOn && (
          <button type="button" onClick={hub.pause}>
            <Pause aria-hidden="true" /> Pause download
          </button>
        )}
        {!isOn && !stored?.isComplete && (
          <button type="button" className="primary" disabled={isBusy} onClick={() => void hub.download(model)}>
            {loaded > 0 ? <Play aria-hidden="true" /> : <Download aria-hidden="true" />}
            {loaded > 0 ? `Resume download, ${megabytes(total - loaded)} left` : `Download ${megabytes(total)}`}
          </button>
        )}
        {isTarget && (
          <button type="button" disabled={isBusy && !isOn} onClick={() => void hub.cancel()}>
            <X aria-hidden="true" /> Cancel download
          </button>
        )}
        {stored?.isComplete && (
          <button type="button" className="primary" disabled={isBusy} onClick={() => void hub.use(stored.reference)}>
            Use this model
          </button>
        )}
      </p>
    </div>
  );
}

/** How fast it comes and when it will be there; and what stands in its way. */
function Pace() {
  const { transfer, doing } = useHub();
  if (doing !== undefined && doing !== "Downloading") return <> · {doing} …</>;
  if (!transfer) return <> · Starting …</>;
  const { bytesPerSecond, secondsLeft, file } = transfer;
  return (
    <>
      {` · ${megabytes(Math.round(bytesPerSecond))}/s`}
      {secondsLeft !== undefined && ` · ${duration(secondsLeft)} left`} · <bdi>{file}</bdi>
    </>
  );
}
