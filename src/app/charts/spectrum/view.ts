import { create } from "zustand";

export const spectrumViews = { lines: "Lines", heat: "Heat map", ridges: "Ridges" } as const;
export type SpectrumView = keyof typeof spectrumViews;

/** How spectra are drawn: preferences of the visitor, not part of a run. */
export const useSpectrumView = create<{ readonly view: SpectrumView; readonly isLog: boolean }>(() => ({
  view: "lines",
  isLog: true,
}));
