import { useEffect, useState } from "react";
import { LossChart } from "../charts/LossChart.tsx";
import { MeasuredPanels } from "../charts/MeasuredPanels.tsx";
import { RankChart } from "../charts/RankChart.tsx";
import { SpectrumPanel } from "../charts/SpectrumPanel.tsx";
import { parseRoute, replaceRoute } from "../route.ts";
import { fromQuery, type SharedRun, toQuery } from "../share.ts";
import { lab, useLab } from "../store.ts";
import { useStored } from "../useStored.ts";
import { Beside } from "./Beside.tsx";
import { DamagedLink } from "./DamagedLink.tsx";
import { DeviceChoice } from "./DeviceChoice.tsx";
import { Examples } from "./Examples.tsx";
import { ExportPanel } from "./ExportPanel.tsx";
import { Failure } from "./Failure.tsx";
import { NotesShown } from "./Notes.tsx";
import { RunFacts } from "./RunFacts.tsx";
import { Setup } from "./Setup.tsx";
import { Transport } from "./Transport.tsx";
import { TrustPanel } from "./TrustPanel.tsx";
import { useShortcuts } from "./useShortcuts.ts";

/** The experiment: setup on one side, the run and what it shows on the other. */
export function Lab({ query }: { query: string | undefined }) {
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
        <Beside />
        <div className="panels">
          <SpectrumPanel />
          <LossChart />
          <RankChart />
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

/** Reads the link once, and then keeps it true to the settings. */
function useLink(query: string | undefined) {
  const [shared, setShared] = useState<Extract<SharedRun, { kind: "damaged" }>>();
  const config = useLab((state) => state.config);
  const notes = useLab((state) => state.notes);
  useEffect(() => {
    const now = useLab.getState();
    const isKnown = query === undefined || query === toQuery(now.config, now.notes);
    const read = isKnown ? undefined : fromQuery(query);
    setShared(read?.kind === "damaged" ? read : undefined);
    if (read?.kind === "run") lab.open(read.config, read.notes);
  }, [query]);
  useEffect(() => {
    const written = toQuery(config, notes);
    if (shared || query === written) return;
    const timer = setTimeout(() => {
      // Another link may have been opened of which nobody has heard yet.
      if (parseRoute(window.location.hash).query === query) replaceRoute(`/lab?${written}`);
    }, 300);
    return () => clearTimeout(timer);
  }, [config, notes, shared, query]);
  return {
    shared,
    resolve: () => setShared(undefined),
  };
}
