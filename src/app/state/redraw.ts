/** Milliseconds between two redraws for what is measured, which may come faster than anyone can look. */
const DRAW_EVERY = 100;

/** A redraw waits so many times as long as the one before took, so that the page answers in between. */
const REST = 2;

/**
 * Redraws at once, or where the last one was just now, a little later.
 *
 * @param draw shows everything that has come since.
 * @param isPressing whether things come so fast that redraws have to rest; else each is shown as it comes.
 */
export function pacedRedraw(
  draw: () => void,
  isPressing: () => boolean,
): { readonly soon: () => void; readonly now: () => void } {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let took = 0;

  function now(): void {
    clearTimeout(waiting);
    waiting = undefined;
    const begun = performance.now();
    drawnAt = begun;
    draw();
    // After what React makes of it.
    setTimeout(() => {
      took = performance.now() - begun;
    });
  }

  function soon(): void {
    const rest = isPressing() ? Math.max(DRAW_EVERY, REST * took) : 0;
    const wait = drawnAt + rest - performance.now();
    if (wait <= 0) now();
    else waiting ??= setTimeout(now, wait);
  }

  return { soon, now };
}
