import { BadgeCheck, CircleAlert, CircleCheck, FileCheck } from "lucide-react";
import { useState } from "react";
import { type AdapterDescription, nameOfDevice } from "../../../engine/device/device.ts";
import type { Receipt } from "../../../engine/run/receipt.ts";
import { type CheckSummary, shareOf } from "../../../engine/trust/summary.ts";
import { megabytes, significant, whole } from "../../format.ts";
import { save } from "../../saveFile.ts";
import { isHeld } from "../../state/phase.ts";
import { useLab } from "../../state/store.ts";
import { checks, runReceipt } from "../../state/trust.ts";
import { type Facts, FactsList } from "../FactsList.tsx";
import { Said, useRequest } from "../useRequest.tsx";
import { CheckTable } from "./CheckTable.tsx";
import { DeviceTaskControls } from "./DeviceTaskControls.tsx";
import { KernelTuning } from "./KernelTuning.tsx";

/** Whether this very device computes what it should, how fast, and what the run on screen was made of. */
export function TrustPanel() {
  const step = useLab((state) => state.step);
  const { result } = checks.use();
  return (
    <section className="panel wide trust" aria-labelledby="trust">
      <h2 id="trust">Check this device</h2>
      <p className="hint">
        Runs every kernel on this device against a plain loop in float64, every gradient against finite differences, and
        the factorisations and random numbers against known answers.
      </p>
      <DeviceTaskControls
        task={checks}
        request={{}}
        icon={BadgeCheck}
        wording={{
          start: "Run the checks",
          again: "Run the checks again",
          cancel: "Cancel the checks",
          bar: "Checks done",
          running: "The checks are running.",
          cancelled: "The checks were cancelled",
          waits: "The checks need the device to themselves: pause the run first.",
        }}
      >
        {result && <Verdict summary={result.summary} adapter={result.adapter} />}
      </DeviceTaskControls>
      {result && <CheckTable results={result.results} />}
      <KernelTuning />
      {/* A receipt is of one moment: another step or another check takes it off the screen. */}
      <RunReceipt key={`${step} ${result?.summary.when}`} />
    </section>
  );
}

function Verdict({ summary, adapter }: { readonly summary: CheckSummary; readonly adapter: AdapterDescription }) {
  const { count, failures, worst, when } = summary;
  const passes = failures.length === 0;
  return (
    <>
      <p className={passes ? "verdict" : "verdict problem"}>
        {passes ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
        <span>
          <strong>
            {passes
              ? `${whole(count)} checks, all within tolerance`
              : `${whole(failures.length)} of ${whole(count)} checks FAILED`}
          </strong>
          {worst && ` · the worst has ${shareInWords(worst)}: ${worst.check}`}
        </span>
      </p>
      {!passes && (
        <ul className="problems">
          {failures.slice(0, 10).map(({ check, error, tolerance, problem }) => (
            <li key={check}>
              {check}: {problem ?? `error ${significant(error ?? 0)}, tolerated are ${significant(tolerance)}`}
            </li>
          ))}
          {failures.length > 10 && <li>and {failures.length - 10} more, in the table</li>}
        </ul>
      )}
      {!passes && (
        <p className="help">
          Do not rely on runs of this device. A newer graphics driver or browser may help; another browser or machine
          shows whether it is the device.
        </p>
      )}
      <p className="help">
        {nameOfDevice(adapter)}, {new Date(when).toLocaleString("en-GB")}. It goes into the receipt.
      </p>
    </>
  );
}

function shareInWords(worst: NonNullable<CheckSummary["worst"]>): string {
  const share = shareOf(worst);
  if (Number.isFinite(share)) return `${significant(share)} of its tolerance`;
  return `an error of ${significant(worst.error)} where none is tolerated`;
}

function RunReceipt() {
  const canWrite = useLab(({ phase }) => isHeld(phase));
  const [receipt, setReceipt] = useState<Receipt>();
  const { isBusy, result, failure, start } = useRequest(async () => {
    const made = await runReceipt();
    setReceipt(made);
    const content = new Blob([`${JSON.stringify(made, undefined, 2)}\n`], { type: "application/json" });
    save({ name: "receipt.json", content });
    return `receipt.json, ${megabytes(content.size)}`;
  });
  return (
    <div className="receipt">
      <h3>Receipt of the run</h3>
      <p className="hint">
        {canWrite
          ? "Versions, device, and hashes of everything that the run has read: enough to tell whether another run should have given the same numbers."
          : "A receipt can be written while a run is paused or finished."}
      </p>
      {canWrite && (
        <button type="button" disabled={isBusy} onClick={start}>
          <FileCheck aria-hidden="true" /> {isBusy ? "Hashing …" : "Download receipt"}
        </button>
      )}
      <Said result={result} failure={failure} />
      {receipt && <ReceiptFacts receipt={receipt} />}
    </div>
  );
}

function ReceiptFacts({ receipt }: { readonly receipt: Receipt }) {
  const { adapter, runtime, rankscope, steps, sha256, checks } = receipt;
  const failed = checks?.failures.length ?? 0;
  const facts: Facts = [
    ["Device", nameOfDevice(adapter)],
    ["Its largest buffer", megabytes(Math.min(adapter.maxBufferSize, adapter.maxStorageBufferBindingSize))],
    ["Ran in", runtime],
    ["Rankscope", rankscope],
    ["Steps", whole(steps)],
    [
      "Checks",
      checks ? `${whole(checks.count)}, ${failed === 0 ? "all within tolerance" : `${failed} FAILED`}` : "not run",
    ],
    ["Model, SHA-256", sha256.model],
    ...Object.entries(sha256.data).map(([file, hash]) => [`${file}, SHA-256`, hash] as const),
    ["Shaders, SHA-256", sha256.shaders],
  ];
  return <FactsList facts={facts} />;
}
