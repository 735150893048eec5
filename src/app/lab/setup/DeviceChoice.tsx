import { DeviceLine, useDeviceCheck } from "../../shell/DeviceLine.tsx";
import { wouldBeLost } from "../../state/labState.ts";
import { useLab } from "../../state/store.ts";

/** What is slow or missing of the device that a run is prepared for; silent once changing it would lose what was trained. */
export function DeviceChoice() {
  const check = useDeviceCheck();
  const isTooLate = useLab(wouldBeLost);
  if (isTooLate || check.kind === "checking" || check.kind === "ready") return null;
  return (
    <section className="device-choice" aria-label="Device">
      <DeviceLine check={check} />
    </section>
  );
}
