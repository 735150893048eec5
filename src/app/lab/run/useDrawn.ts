import { useEffect, useMemo } from "react";
import { shownLayer } from "../../charts/spectrum/SpectrumCard.tsx";
import { useSpectrumView } from "../../charts/spectrum/view.ts";
import { isAsked, useGuesses } from "../../state/guess.ts";
import { isBusy } from "../../state/phase.ts";
import { framesOf, type RunRecord } from "../../state/runRecord.ts";
import { drawnRuns } from "../../state/runShelf.ts";
import { useLab } from "../../state/store.ts";
import { useRecording } from "./useRecording.ts";

/** What charts are drawn of. */
interface Drawn {
  /** The visitor's own runs, the current one first. */
  readonly own: readonly RunRecord[];
  /** The same, or what was recorded of the same settings until there is one. */
  readonly runs: readonly RunRecord[];
  readonly isRecorded: boolean;
  readonly layer: number;
  /** The runs whose losses are drawn, and those whose metric is. */
  readonly withLoss: readonly RunRecord[];
  readonly withMetric: readonly RunRecord[];
}

/** What the runs show; until there is one, what was recorded of the same settings. */
export function useDrawn(): Drawn {
  const current = useLab((state) => state.current);
  const kept = useLab((state) => state.kept);
  const ticked = useLab((state) => state.ticked);
  const chosen = useLab((state) => state.layer);
  const phase = useLab((state) => state.phase);
  const config = useLab((state) => state.config);
  const own = useMemo(() => drawnRuns({ current, kept, ticked }), [current, kept, ticked]);
  const isWaiting = own.length < 2 && framesOf(current).length === 0;
  const isHidden = useGuesses((guesses) => isAsked(guesses, current?.id));
  const recorded = useRecording(current?.config ?? config, { isWanted: isWaiting, isPlaying: isBusy(phase), isHidden });
  const isRecorded = isWaiting && recorded !== undefined && !(current?.summary?.layers.length === 0);
  const runs = isRecorded ? [recorded] : own;
  const [shown] = runs;
  const layer = shownLayer(shown, chosen);
  const layers = framesOf(shown).length > 0 ? (shown?.summary?.layers.length ?? 0) : 0;
  useEffect(() => useSpectrumView.setState({ layer, layers }), [layer, layers]);
  return {
    own,
    runs,
    isRecorded,
    layer,
    withLoss: current?.rows.length ? own : runs,
    withMetric: current?.evaluations.length ? own : runs,
  };
}
