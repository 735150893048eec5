import { useEffect, useRef, useState } from "react";

/** A value that changes at most every so many milliseconds, and ends at the newest. */
export function useSlow<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const changedAt = useRef(0);
  useEffect(() => {
    const wait = changedAt.current + ms - performance.now();
    const timer = setTimeout(
      () => {
        changedAt.current = performance.now();
        setShown(value);
      },
      Math.max(0, wait),
    );
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}
