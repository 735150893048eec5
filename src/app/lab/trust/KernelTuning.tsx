import { Gauge } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { STANDARD_KERNELS } from "../../../engine/settings/config.ts";
import type { Tuning } from "../../../engine/tuning/tuneProducts.ts";
import {
  isSameKind,
  kindOfDevice,
  readTuning,
  type SharedTuning,
  writeTuning,
} from "../../../engine/tuning/tuningFile.ts";
import { version } from "../../../engine/version.ts";
import { useDeviceCheck } from "../../shell/DeviceLine.tsx";
import { lab, useLab } from "../../state/store.ts";
import { tuning } from "../../state/trust.ts";
import { readStored, writeStored } from "../../state/useStored.ts";
import { DeviceTaskControls } from "./DeviceTaskControls.tsx";
import { inWords, TimingTable } from "./TimingTable.tsx";
import { TuningFile } from "./TuningFile.tsx";

const STORED = "kernels";

/** What was measured last, or came from somebody else; another version of the kernels is measured anew. */
function storedTuning(): SharedTuning | undefined {
  const text = readStored<unknown>(STORED, undefined);
  if (typeof text !== "string") return undefined;
  try {
    const shared = readTuning(text, STORED);
    return shared.rankscope === version ? shared : undefined;
  } catch {
    return undefined;
  }
}

/** Which way of computing products and attention is the fastest here, and whether the next run takes it. */
export function KernelTuning() {
  const { result } = tuning.use();
  const device = useLab((state) => state.device);
  const kernels = useLab((state) => state.config.kernels);
  const [shared, setShared] = useState(storedTuning);
  const keep = useCallback((text: string) => {
    writeStored(STORED, text);
    setShared(readTuning(text, STORED));
  }, []);
  const isProcessor = useDeviceCheck().kind === "processor" || device?.kind === "cpu";
  useEffect(() => {
    // A processor's is nobody else's.
    if (result && result.adapter.kind !== "cpu") keep(writeTuning(result.adapter, result.tuning, new Date()));
  }, [result, keep]);
  const known = shared && device && isSameKind(shared.device, kindOfDevice(device)) ? shared : undefined;
  const measured = isProcessor ? undefined : known?.tuning;
  return (
    <div className="tuning">
      <h3>Fastest kernels</h3>
      {isProcessor ? (
        <p className="hint">
          A processor has one way to compute products and attention: there is nothing to choose between.
        </p>
      ) : (
        <Choice measured={measured} />
      )}
      <p className="actions">
        {measured && measured.kernelChoice !== measured.standard && kernels !== measured.kernelChoice && (
          <button type="button" onClick={() => lab.configure({ kernels: measured.kernelChoice })}>
            Use the fastest from the next run
          </button>
        )}
        {kernels !== STANDARD_KERNELS && (
          <button type="button" onClick={() => lab.configure({ kernels: STANDARD_KERNELS })}>
            Back to the standard kernels
          </button>
        )}
        <a href="#/bench">Measure this device</a>
      </p>
      {!isProcessor && <TuningFile known={known} keep={keep} />}
    </div>
  );
}

function Choice({ measured }: { readonly measured: Tuning | undefined }) {
  const { result } = tuning.use();
  return (
    <>
      <p className="hint">
        Matrix products and attention can be computed in several ways, and which is the fastest depends on the GPU. The
        choice is part of an experiment and of its link: another order of sums changes the last bits of the numbers.
      </p>
      <DeviceTaskControls
        task={tuning}
        request={{}}
        icon={Gauge}
        wording={{
          start: "Tune the kernels",
          again: "Tune the kernels again",
          cancel: "Cancel the tuning",
          bar: "Tuning done",
          running: "The kernels are being measured.",
          cancelled: "The tuning was cancelled",
          waits: "Tuning needs the device to itself: pause the run first.",
        }}
      >
        {result && (
          <p>
            Fastest here: <strong>{inWords(result.tuning.kernelChoice)}</strong>
            {result.tuning.kernelChoice === result.tuning.standard && ", which is the standard choice"}. In the
            settings: <code>{result.tuning.kernelChoice}</code>.
          </p>
        )}
      </DeviceTaskControls>
      {measured && <TimingTable tuning={measured} />}
    </>
  );
}
