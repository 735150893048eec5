import { useEffect, useState } from "react";
import { wouldEnd } from "../state/labState.ts";
import { lab, useLab } from "../state/store.ts";
import { checkWebGpu, type DeviceCheck } from "../state/webgpuCheck.ts";

let asked: Promise<DeviceCheck> | undefined;

/** What stands between this browser and training, once that is known; it is found out once a page. */
export function useDeviceCheck(): DeviceCheck {
  const [check, setCheck] = useState<DeviceCheck>({ kind: "checking", sentence: "Looking for a graphics device …" });
  useEffect(() => {
    asked ??= checkWebGpu().then((found) => {
      lab.knowProcessor(found.kind === "processor");
      return found;
    });
    void asked.then(setCheck);
  }, []);
  return check;
}

/**
 * What will train, and the other device where there is a choice, which loads the page anew and would end a run.
 *
 * @param remark why one might want the other device, apart from its speed.
 */
export function DeviceLine({ check, remark }: { check: DeviceCheck; remark?: string | undefined }) {
  const { kind, sentence, fix, other } = check;
  const isTooLate = useLab(wouldEnd);
  return (
    <>
      <p className={`check ${kind}`} role="status">
        <strong>{sentence}</strong> {fix}
      </p>
      {remark && <p>{remark}</p>}
      {other && !isTooLate && (kind !== "ready" || remark) && (
        <p>
          <button type="button" onClick={other.choose}>
            {other.label}
          </button>
        </p>
      )}
    </>
  );
}
