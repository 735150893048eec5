import { create } from "zustand";
import type { RunRecord } from "../../state/runRecord.ts";

/** A run with the place of the shown layer in it. */
export interface ShownLayer {
  readonly record: RunRecord;
  readonly layer: number;
}

export const spectrumViews = { lines: "Lines", heat: "Heat map", ridges: "Ridges" } as const;
export type SpectrumView = keyof typeof spectrumViews;

interface View {
  readonly view: SpectrumView;
  readonly isLog: boolean;
  /** The layer that is drawn, and how many there are to choose from; of a recorded run, where that is what is shown. */
  readonly layer: number;
  readonly layers: number;
}

/** How spectra are drawn: preferences of the visitor, not part of a run. */
export const useSpectrumView = create<View>(() => ({ view: "lines", isLog: true, layer: 0, layers: 0 }));
