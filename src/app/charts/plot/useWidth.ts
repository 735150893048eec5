import { useEffect, useRef, useState } from "react";

/** The width of an element and the size of its letters in pixels, kept up to date, for drawings that are made to measure. */
export function useWidth<T extends Element>(): [React.RefObject<T | null>, width: number, em: number] {
  const ref = useRef<T>(null);
  const [{ width, em }, setSize] = useState({ width: 640, em: 13 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const width = Math.max(200, Math.floor(entry.contentRect.width));
      setSize({ width, em: Number.parseFloat(getComputedStyle(element).fontSize) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width, em];
}
