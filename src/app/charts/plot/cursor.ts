import { create } from "zustand";

/** The step that is pointed at, in every chart at once; pinned, it stays where it is. */
interface Cursor {
  readonly step: number | undefined;
  readonly isPinned: boolean;
}

export const useCursor = create<Cursor>(() => ({ step: undefined, isPinned: false }));

/** Points at a step with the mouse, or at none; what is pinned stays. */
export function hover(step: number | undefined): void {
  if (!useCursor.getState().isPinned) useCursor.setState({ step });
}

/** Points at a step by key or press, pinned or not. */
export function pointAt(step: number | undefined): void {
  useCursor.setState({ step });
}

export function pin(isPinned: boolean): void {
  useCursor.setState({ isPinned });
}
