import { useEffect } from "react";
import { wouldBeLost } from "../state/labState.ts";
import { useLab } from "../state/store.ts";

/** Has the browser ask before the page is closed or reloaded while that would lose what was trained. */
export function useLeaveGuard(): void {
  const isNeeded = useLab(wouldBeLost);
  useEffect(() => {
    if (!isNeeded) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isNeeded]);
}
