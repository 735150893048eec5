const FIRST = "first-contentful-paint";

/** Waits until something of the page has been seen, so that what comes later does not hold it up. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    if (performance.getEntriesByName(FIRST).length > 0) resolve();
    else if (!PerformanceObserver.supportedEntryTypes.includes("paint"))
      requestAnimationFrame(() => setTimeout(resolve));
    else {
      new PerformanceObserver((seen, observer) => {
        if (seen.getEntriesByName(FIRST).length === 0) return;
        observer.disconnect();
        resolve();
      }).observe({ type: "paint", buffered: true });
    }
  });
}
