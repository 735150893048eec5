import { useEffect } from "react";
import { useSpectrumView } from "../../charts/spectrum/view.ts";
import { endRunFor } from "../../shell/EndRun.tsx";
import { wouldEndEarly } from "../../state/labState.ts";
import { isBusy, isHeld } from "../../state/phase.ts";
import { lab, useLab } from "../../state/store.ts";

/**
 * Space trains and pauses, s steps, r resets, [ and ] change the layer, l the scale, h the view,
 * f shows a slide and fills the screen with it; only outside of fields.
 */
export function useShortcuts(isEnabled: boolean): void {
  useEffect(() => {
    if (!isEnabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      // What has the focus may have a use for the key of its own: fields for letters, all else for the space bar.
      const focused = event.target instanceof Element ? event.target : document.body;
      if (focused.closest("input, select, textarea, dialog")) return;
      if (event.key === " " && focused !== document.body && focused.id !== "main") return;
      const { phase, step, isPresenting } = useLab.getState();
      const { layer, layers: count } = useSpectrumView.getState();
      const actions: Record<string, () => void> = {
        " ": () =>
          phase === "training" ? lab.pause() : isBusy(phase) ? undefined : endRunFor(lab.train, wouldEndEarly),
        s: () => (phase === "paused" || phase === "empty") && endRunFor(lab.step, wouldEndEarly),
        r: () => isHeld(phase) && step > 0 && lab.reset(),
        "[": () => count > 0 && lab.showLayer((layer + count - 1) % count),
        "]": () => count > 0 && lab.showLayer((layer + 1) % count),
        l: () => useSpectrumView.setState(({ isLog }) => ({ isLog: !isLog })),
        f: () => {
          if (!isPresenting) lab.present(true);
          else if (document.fullscreenElement) void document.exitFullscreen();
          else void document.documentElement.requestFullscreen();
        },
        h: () => useSpectrumView.setState(({ view }) => ({ view: view === "heat" ? "lines" : "heat" })),
      };
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [isEnabled]);
}
