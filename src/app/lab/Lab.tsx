import { useEffect, useState } from "react";
import { BarPanels } from "../charts/BarPanels.tsx";
import { LossChart } from "../charts/LossChart.tsx";
import { MeasuredPanels } from "../charts/MeasuredPanels.tsx";
import { SpectrumPanel } from "../charts/SpectrumPanel.tsx";
import { parseRoute, replaceRoute } from "../shell/route.ts";
import { type LabState, notesOf } from "../state/labState.ts";
import { fromQuery, type SharedRun, toQuery } from "../state/share.ts";
import { lab, useLab } from "../state/store.ts";
import { useStored } from "../state/useStored.ts";
import { ExportPanel } from "./export/ExportPanel.tsx";
import { Examples } from "./run/Examples.tsx";
import { Failure } from "./run/Failure.tsx";
import { RunComparison } from "./run/RunComparison.tsx";
import { RunFacts } from "./run/RunFacts.tsx";
import { Transport } from "./run/Transport.tsx";
import { useShortcuts } from "./run/useShortcuts.ts";
import { DamagedLink } from "./setup/DamagedLink.tsx";
import { DeviceChoice } from "./setup/DeviceChoice.tsx";
import { NotesShown } from "./setup/Notes.tsx";
import { Setup } from "./setup/Setup.tsx";
import { TrustPanel } from "./trust/TrustPanel.tsx";

/** The experiment: setup on one side, the run and what it shows on the other. */
export default function Lab({ query }: { query: string | undefined }) {
  const damage = useLink(query);
  const [hasShortcuts, setShortcuts] = useStored("shortcuts", true);
  useShortcuts(hasShortcuts && damage.shared === undefined);
  if (damage.shared) return <DamagedLink shared={damage.shared} onResolved={damage.resolve} />;
  return (
    <div className="lab">
      <h1 className="visually-hidden">Lab</h1>
      <Setup />
      <div className="bench">
        <NotesShown />
        <DeviceChoice />
        <Transport />
        <Failure />
        <RunComparison />
        <div className="panels">
          <SpectrumPanel />
          <LossChart />
          <BarPanels />
          <MeasuredPanels />
          <Examples />
          <RunFacts />
          <ExportPanel />
          <TrustPanel />
        </div>
        <label className="toggle shortcuts">
          <input type="checkbox" checked={hasShortcuts} onChange={(event) => setShortcuts(event.target.checked)} />
          Keys: space trains and pauses, <kbd>s</kbd> steps, <kbd>r</kbd> resets, <kbd>[</kbd> and <kbd>]</kbd> change
          the layer
        </label>
      </div>
    </div>
  );
}

/** What the address says of the settings and of their run. */
function queryOf(state: LabState): string {
  return toQuery(state.config, notesOf(state));
}

/** Reads the link once, and then keeps it true to the settings. */
function useLink(query: string | undefined) {
  const [shared, setShared] = useState<Extract<SharedRun, { kind: "damaged" }>>();
  const written = useLab(queryOf);
  useEffect(() => {
    const isKnown = query === undefined || query === queryOf(useLab.getState());
    const read = isKnown ? undefined : fromQuery(query);
    setShared(read?.kind === "damaged" ? read : undefined);
    if (read?.kind === "run") lab.open(read.config, read.notes);
  }, [query]);
  useEffect(() => {
    if (shared || query === written) return;
    const timer = setTimeout(() => {
      // Another link may have been opened of which nobody has heard yet.
      if (parseRoute(window.location.hash).query === query) replaceRoute(`/lab?${written}`);
    }, 300);
    return () => clearTimeout(timer);
  }, [written, shared, query]);
  return {
    shared,
    resolve: () => setShared(undefined),
  };
}
