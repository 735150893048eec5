import { Check, Download, type LucideIcon, Pause, Play, X } from "lucide-react";
import { useRef } from "react";
import { shortRevision } from "../../../../engine/model/reference.ts";
import { bytesOf, type HubModel, referenceOf } from "../../../../worker/hub/model.ts";
import { counted, duration, megabytes } from "../../../format.ts";
import { hub, isTarget, storedOf, useHub } from "../../../state/hub.ts";
import { useLab } from "../../../state/store.ts";

/** Where a model stands between the hub and this browser, and what can be done about it. */
export function DownloadState({ model }: { model: HubModel }) {
  const state = useHub();
  const next = useNext(model);
  const main = useRef<HTMLButtonElement>(null);
  const isOurs = isTarget(state, model);
  const isOn = isOurs && state.busy === "downloading";
  const isIdle = state.busy === undefined;
  const stored = storedOf(state, model);
  const total = bytesOf(model);
  const loaded = loadedOf(state, model);
  return (
    <div className="download">
      <p className="help">
        Commit {shortRevision(model.commit)}: {counted(model.files.length, "file", "files")}, {megabytes(total)}.
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
        {/* One button for all that follows on each other, so that the keyboard's focus stays where it is. */}
        <button
          ref={main}
          type="button"
          className="primary"
          aria-disabled={!next.act || !(isOn || isIdle)}
          onClick={() => void next.act?.()}
        >
          <next.Icon aria-hidden="true" /> {next.label}
        </button>
        {isOurs && (
          <button
            type="button"
            aria-disabled={!(isOn || isIdle)}
            onClick={() => {
              main.current?.focus();
              void hub.cancel();
            }}
          >
            <X aria-hidden="true" /> Cancel download
          </button>
        )}
      </p>
    </div>
  );
}

interface Next {
  readonly label: string;
  readonly Icon: LucideIcon;
  readonly act?: () => Promise<void> | void;
}

/** What comes next for a model. */
function useNext(model: HubModel): Next {
  const state = useHub();
  const reference = referenceOf(model);
  // A link may have chosen it before anything was known of it.
  const isChosen = useLab(({ config, models }) => config.model === reference && Object.hasOwn(models, reference));
  if (isTarget(state, model) && state.busy === "downloading") {
    return { label: "Pause download", Icon: Pause, act: hub.pause };
  }
  const stored = storedOf(state, model);
  if (stored?.isComplete) {
    return isChosen
      ? { label: "Chosen for the next run", Icon: Check }
      : { label: "Use this model", Icon: Check, act: () => hub.use(stored.reference) };
  }
  const loaded = loadedOf(state, model);
  const act = () => hub.download(model);
  return loaded > 0
    ? { label: `Resume download, ${megabytes(bytesOf(model) - loaded)} left`, Icon: Play, act }
    : { label: `Download ${megabytes(bytesOf(model))}`, Icon: Download, act };
}

/** How much has come, by what the download said last or by what is stored. */
function loadedOf(state: ReturnType<typeof useHub.getState>, model: HubModel): number {
  const said = isTarget(state, model) ? state.transfer?.loaded : undefined;
  return said ?? storedOf(state, model)?.storedBytes ?? 0;
}

/** How fast it comes and when it will be there; or what stands in its way. */
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
