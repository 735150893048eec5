import { whyNotRepeated } from "../../../engine/device/origin.ts";
import { DeviceLine, useDeviceCheck } from "../../shell/DeviceLine.tsx";
import { wouldBeLost } from "../../state/labState.ts";
import { useLab } from "../../state/store.ts";

/**
 * What is slow or missing of the device that a run is prepared for, and whether a run of a link can repeat here; silent once
 * changing it would lose what was trained.
 */
export function DeviceChoice() {
  const check = useDeviceCheck();
  const isTooLate = useLab(wouldBeLost);
  const madeOn = useLab(({ notes }) => notes.madeOn);
  const remark = check.here && whyNotRepeated(madeOn, check.here);
  if (isTooLate || check.kind === "checking" || (check.kind === "ready" && !remark)) return null;
  return (
    <section className="device-choice" aria-label="Device">
      <DeviceLine check={check} remark={remark} />
    </section>
  );
}
