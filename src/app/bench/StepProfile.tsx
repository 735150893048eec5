import { Timer } from "lucide-react";
import { useId, useState } from "react";
import { type Profile, type ProfiledStep, profiledSteps } from "../../engine/bench/profile.ts";
import { profileCells, profileHead, threeDigits } from "../../engine/bench/report.ts";
import { DeviceTaskControls } from "../lab/trust/DeviceTaskControls.tsx";
import { ScrollTable } from "../Scroll.tsx";
import { profiling } from "./tasks.ts";

/** Where the time of a training step goes. */
export function StepProfile() {
  const id = useId();
  const [what, setWhat] = useState<ProfiledStep>("tiny2");
  const { result } = profiling.use();
  return (
    <section className="panel wide trust" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Where a step&rsquo;s time goes</h2>
      <p className="hint">
        All dispatches of one kernel and shape, run by themselves, beside what the device reaches with a large product
        and a large copy, or with one of these kernels where that is more. What lies between different kernels is in
        none of them.
      </p>
      <div className="field">
        <label htmlFor={id}>Training step</label>
        <select id={id} value={what} onChange={(event) => setWhat(event.target.value as ProfiledStep)}>
          {profiledSteps.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </div>
      <DeviceTaskControls
        task={profiling}
        request={{ what }}
        icon={Timer}
        wording={{
          start: "Profile the step",
          again: "Profile again",
          cancel: "Cancel the profile",
          bar: "Kernels profiled",
          running: "The kernels are being timed.",
          cancelled: "The profile was cancelled",
          waits: "Profiling needs the device to itself: pause the run in the lab first.",
        }}
      >
        {result && <Summary profile={result} />}
      </DeviceTaskControls>
      {result && <ProfileTable profile={result} />}
    </section>
  );
}

function Summary({ profile: { what, shares, ceilings } }: { readonly profile: Profile }) {
  const total = (key: "dispatches" | "ms") => shares.reduce((sum, share) => sum + share[key], 0);
  return (
    <p>
      <strong>{what}</strong>: {total("dispatches")} dispatches, {threeDigits(total("ms"))} ms. At best{" "}
      {threeDigits(ceilings.gflops)} GFLOP/s and {threeDigits(ceilings.gbps)} GB/s.
    </p>
  );
}

function ProfileTable({ profile }: { readonly profile: Profile }) {
  const rows = profile.shares.map((share) => profileCells(share, profile));
  return <ScrollTable label="Kernels of the step" head={profileHead} rows={rows} isNamed />;
}
