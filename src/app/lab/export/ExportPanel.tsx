import { Download, ShieldCheck } from "lucide-react";
import { type ReactNode, useState } from "react";
import { nameOfDevice } from "../../../engine/device/device.ts";
import { originOf } from "../../../engine/device/origin.ts";
import { trimErrorInWords } from "../../../engine/export/trim.ts";
import type { Download as MadeFile, Opinion } from "../../../worker/rpc.ts";
import { megabytes, significant } from "../../format.ts";
import { save } from "../../saveFile.ts";
import { lastingLinkTo } from "../../shell/route.ts";
import { isHeld } from "../../state/phase.ts";
import { metricsOf } from "../../state/runMetrics.ts";
import { toQuery } from "../../state/share.ts";
import { lab, useLab } from "../../state/store.ts";
import { Said, useRequest } from "../useRequest.tsx";
import { OpenExperiment } from "./ExperimentFile.tsx";
import { OpenAdapter } from "./OpenAdapter.tsx";

/** What a run can be taken away as, a second opinion on it, and the way back in. */
export function ExportPanel() {
  const phase = useLab((state) => state.phase);
  const isReady = useLab(({ current }) => current?.summary !== undefined);
  // What came of a button stays on screen while the next run is built.
  const [wasReady, setWasReady] = useState(isReady);
  if (isReady && !wasReady) setWasReady(true);
  return (
    <section className="panel wide export" aria-labelledby="export">
      <h2 id="export">Export and open</h2>
      {!isHeld(phase) && (
        <p className={wasReady ? "hint" : "empty"}>
          {phase === "stopped"
            ? "This run is no longer there to be exported: the worker that held it was stopped. Train it again."
            : "A run can be exported while it is paused or finished."}
        </p>
      )}
      {wasReady && <Exports canExport={isHeld(phase)} />}
      <OpenAdapter />
      <OpenExperiment />
    </section>
  );
}

function Exports({ canExport }: { canExport: boolean }) {
  const [trim, setTrim] = useState(false);
  const [exported, setExported] = useState<{ error: number | undefined; refusal: string | undefined; run: string }>();
  const { error: trimError, refusal } = useLab(() => (exported?.run === runOnScreen() ? exported : undefined)) ?? {};
  return (
    <ul className="exports">
      <Row
        title="Adapter"
        text="A zip for PEFT, with the state to go on here, the head, a model card, metrics and settings."
        canExport={canExport}
        make={async () => {
          const run = runOnScreen();
          const made = await lab.ask("exportAdapter", { ...aboutRun(), trim });
          setExported({ error: made.trimError, refusal: made.refusal, run });
          return made;
        }}
      >
        <label className="toggle">
          <input type="checkbox" checked={trim} onChange={(event) => setTrim(event.target.checked)} />
          Trim every layer to its effective rank
        </label>
        {trim && trimError !== undefined && (
          <span className="hint">no update changes by more than {trimErrorInWords(trimError)}</span>
        )}
        {refusal !== undefined && (
          <span className="hint">
            {refusal}. The zip has the state to go on here; download the merged model for other programs.
          </span>
        )}
      </Row>
      <Row
        title="Merged model"
        text="Safetensors, config, tokenizer and a card: a folder that transformers loads."
        canExport={canExport}
        make={() => lab.ask("exportMerged", {})}
      >
        <UseMerged canExport={canExport} />
      </Row>
      <Row
        title="ONNX"
        text="The merged model for ONNX Runtime, its weights and a card beside it."
        canExport={canExport}
        make={() => lab.ask("exportOnnx", {})}
      />
      <Row
        title="Python program"
        text="The same experiment for PyTorch, on the same or a larger model."
        canExport={canExport}
        holdsTraining={false}
        make={() => lab.ask("exportPython", {})}
      />
      <Verify canExport={canExport} />
    </ul>
  );
}

/** What goes into files beside the run itself. */
function aboutRun() {
  const { current, notes: said, device } = useLab.getState();
  const notes = device ? { ...said, madeOn: originOf(device.kind) } : said;
  return {
    notes,
    metrics: current ? metricsOf(current) : [],
    link: current ? lastingLinkTo(`/lab?${toQuery(current.config, notes)}`) : "",
    device: device ? nameOfDevice(device) : "unknown",
  };
}

interface RowProps {
  readonly title: string;
  readonly text: string;
  readonly canExport: boolean;
  /** Whether what was trained is in the file. */
  readonly holdsTraining?: boolean;
  readonly make: () => Promise<MadeFile>;
  readonly children?: ReactNode;
}

function Row({ title, text, canExport, holdsTraining = true, make, children }: RowProps) {
  const { isBusy, result, failure, start } = useRequest(async () => {
    const { step } = useLab.getState();
    const made = await make();
    save(made);
    if (holdsTraining) lab.markSaved(step);
    return `${made.name}, ${megabytes(made.content.size)}`;
  });
  return (
    <li>
      <h3>{title}</h3>
      <p className="hint">{text}</p>
      {children}
      <button type="button" disabled={isBusy || !canExport} onClick={start} aria-label={`Download ${title}`}>
        <Download aria-hidden="true" /> {isBusy ? "Making it …" : "Download"}
      </button>
      <Said result={result} failure={failure} />
    </li>
  );
}

/** Trains on from the merged model, with a new update and a new head. */
function UseMerged({ canExport }: { canExport: boolean }) {
  const { isBusy, result, failure, start } = useRequest(async () => {
    await lab.openMerged();
    return "The next run starts from it; it stays in this tab.";
  });
  return (
    <>
      <button type="button" disabled={isBusy || !canExport} onClick={start}>
        {isBusy ? "Merging …" : "Use it as the model of the next run"}
      </button>
      <Said result={result} failure={failure} />
    </>
  );
}

function Verify({ canExport }: { canExport: boolean }) {
  const { isBusy, result, failure, start } = useRequest(async () => {
    const { step } = useLab.getState();
    const asked = runOnScreen();
    const base = await lab.ask("verify", { which: "base" });
    const answer = `At step ${step}. Base model: ${inWords(base)}`;
    // The merged model would be another's.
    if (runOnScreen() !== asked) {
      return `${answer} Merged: not compared, because the run was moved on or replaced meanwhile. Verify again once a run is paused or finished.`;
    }
    const merged = await lab.ask("verify", { which: "merged" });
    return `${answer} Merged: ${inWords(merged)}`;
  });
  return (
    <li>
      <h3>Second opinion</h3>
      <p className="hint">
        ONNX Runtime, which shares nothing with this engine, runs the first few validation examples too.
      </p>
      <button type="button" disabled={isBusy || !canExport} onClick={start}>
        <ShieldCheck aria-hidden="true" /> {isBusy ? "Comparing …" : "Verify"}
      </button>
      <Said result={result} failure={failure} />
    </li>
  );
}

/** The run and the step it is at, for comparison. */
function runOnScreen(): string {
  const { current, step } = useLab.getState();
  return JSON.stringify([current?.config, current?.openedAt, step]);
}

function inWords({ outputs, rows, passes, maxDifference, largest }: Opinion): string {
  const share = significant(maxDifference / largest);
  return `${passes ? "agrees" : "DIFFERS"}, max |Δ| ${significant(maxDifference)} (${share} of the largest value) in ${outputs.join(" and ")} of the first ${rows} validation texts.`;
}
