import { useEffect, useState, useSyncExternalStore } from "react";
import { advanced, DRAWN_EVERY, DRAWN_EVERY_CALMLY } from "./replay.ts";

interface Replay {
  /** The step that is shown, from 0 to the run's last. */
  readonly step: number;
  readonly isPlaying: boolean;
  readonly seek: (step: number) => void;
  /** Plays, from the beginning where it is at its end, or pauses. */
  readonly toggle: () => void;
}

/** Whether it has played by itself: once a visit is enough. */
let hasPlayed = false;

/**
 * The clock of a recording. It plays once by itself, unless motion is not wanted, never while nobody can see the page, and
 * stops at its end, where it stands otherwise.
 *
 * @param steps of the run.
 */
export function useReplay(steps: number): Replay {
  const isCalm = useSyncExternalStore(subscribeToMotion, () => reducedMotion().matches);
  const isHidden = useSyncExternalStore(subscribeToVisibility, () => document.hidden);
  const [plays] = useState(!isCalm && !hasPlayed);
  const [at, setAt] = useState(plays ? 0 : steps);
  const [isPlaying, setPlaying] = useState(plays);
  useEffect(() => {
    if (isCalm) setPlaying(false);
  }, [isCalm]);
  useEffect(() => {
    if (!isPlaying || isHidden) return;
    let drawn = performance.now();
    const timer = setInterval(
      () => {
        hasPlayed = true;
        const now = performance.now();
        const seconds = (now - drawn) / 1000;
        drawn = now;
        setAt((before) => advanced(before, seconds, steps));
      },
      isCalm ? DRAWN_EVERY_CALMLY : DRAWN_EVERY,
    );
    return () => clearInterval(timer);
  }, [isPlaying, isHidden, isCalm, steps]);
  const isOver = at >= steps;
  useEffect(() => {
    if (isOver) setPlaying(false);
  }, [isOver]);
  return {
    step: Math.floor(at),
    isPlaying: isPlaying && !isOver,
    seek(step) {
      hasPlayed = true;
      setPlaying(false);
      setAt(step);
    },
    toggle() {
      hasPlayed = true;
      if (isOver) setAt(0);
      setPlaying(isOver || !isPlaying);
    },
  };
}

const reducedMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)");

function subscribeToMotion(changed: () => void): () => void {
  const query = reducedMotion();
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

function subscribeToVisibility(changed: () => void): () => void {
  document.addEventListener("visibilitychange", changed);
  return () => document.removeEventListener("visibilitychange", changed);
}
