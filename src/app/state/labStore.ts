import { create } from "zustand";
import { modelShapes } from "../../engine/model/modelShapes.ts";
import { defaultConfig } from "../../engine/settings/config.ts";
import { noNotes } from "../../engine/settings/reader.ts";
import type { LabState } from "./labState.ts";
import { readStored } from "./useStored.ts";
import { chosenDevice } from "./webgpuCheck.ts";

/** The preference for the projector's view, which outlives the page. */
export const PRESENTING = "present";

/** The lab's state; `lab` in `store.ts` has what changes it. */
export const useLab = create<LabState>(() => ({
  config: defaultConfig,
  notes: noNotes,
  current: undefined,
  kept: [],
  ticked: [],
  phase: "empty",
  step: 0,
  stepsPerSecond: 0,
  progress: undefined,
  device: undefined,
  isOnProcessor: chosenDevice() === "processor",
  failure: undefined,
  layer: undefined,
  models: modelShapes,
  data: new Set(),
  opened: undefined,
  savedAt: undefined,
  isRateChosen: false,
  isPresenting: readStored(PRESENTING, false),
  unreadable: [],
}));
