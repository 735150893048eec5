import { useSyncExternalStore } from "react";

const LEAST = 160;
const MOST = 560;

/** The height of the page's largest chart: what a window leaves once bars, headline and the grid's first rows are seen. */
export function useRoom(share = 0.42): number {
  const height = useSyncExternalStore(subscribe, () => window.innerHeight);
  return Math.round(Math.min(MOST, Math.max(LEAST, share * height)));
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("resize", changed);
  return () => window.removeEventListener("resize", changed);
}
