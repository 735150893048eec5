import { goesOn, type LabState, openedAtEnd } from "./labState.ts";

/** What Train will do. @param continues whether it goes on with the run on screen. */
export function trainLabel(state: LabState, continues = goesOn(state)): string {
  if (continues) return state.step > 0 ? "Go on" : "Train";
  if (openedAtEnd(state)) return "Show it";
  return state.current?.rows.length ? "Train beside it" : "Train";
}
