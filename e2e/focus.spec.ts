import { expect, type Page, test } from "@playwright/test";
import { record, unfold } from "./recorder.ts";

/** What has the focus, and how much of it lies behind a bar that does not scroll or outside of the window. */
interface Focused {
  readonly what: string;
  /** 0 … 1, of 25 points of it. */
  readonly covered: number;
  /** Whether it is larger than what the window shows at once. */
  readonly isLarge: boolean;
}

/** The window and what scrolls in it follow the focus within this many frames. */
const FRAMES = 40;

const focused = (page: Page) =>
  page.evaluate(async (frames): Promise<Focused | undefined> => {
    const element = document.activeElement;
    if (!element || element === document.body || element.id === "main") return undefined;
    const shares = [0.1, 0.3, 0.5, 0.7, 0.9];
    const isCovered = (x: number, y: number) => {
      const at = document.elementFromPoint(x, y);
      const bar = at?.closest(".transport, .topbar");
      return at === null || (bar !== null && bar !== undefined && !bar.contains(element));
    };
    let found: Focused | undefined;
    for (let frame = 0; frame < frames && found?.covered !== 0; frame++) {
      await new Promise(requestAnimationFrame);
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const points = shares.flatMap((x) =>
        shares.map((y) => isCovered(left + x * (right - left), top + y * (bottom - top))),
      );
      found = {
        what: element.outerHTML.slice(0, 160),
        covered: points.filter(Boolean).length / points.length,
        isLarge: bottom - top > 0.4 * window.innerHeight,
      };
    }
    return found;
  }, FRAMES);

for (const [width, height] of [
  [1280, 720],
  [740, 360],
  [390, 844],
] as const)
  test(`nothing that has the focus is covered on the way through the whole lab at ${width} × ${height}`, async ({
    page,
  }) => {
    const { complaints } = await record(page);
    await page.setViewportSize({ width, height });
    await page.goto("/#/lab");
    await expect(page.locator(".headline")).toContainText("recorded");
    for (const title of ["Task", "Adapter", "Training", "Measurement"]) await unfold(page, title);
    await page.evaluate(() => {
      for (const fold of document.querySelectorAll("details")) fold.open = true;
      window.scrollTo(0, 0);
    });
    for (const key of ["Tab", "Shift+Tab"]) {
      await page.locator("#main").focus();
      const seen = new Set<string>();
      for (let tabs = 0; tabs < 300; tabs++) {
        await page.keyboard.press(key);
        const found = await focused(page);
        // Round the end, where the browser's own controls would be.
        if (!found && seen.size > 70) break;
        if (!found) continue;
        seen.add(found.what);
        const most = found.isLarge ? 0.85 : 0.3;
        expect.soft(found.covered, `${key} ${tabs}: ${found.what}`).toBeLessThanOrEqual(most);
      }
      expect(seen.size, "all fields, layers and charts").toBeGreaterThan(70);
    }
    expect(complaints).toEqual([]);
  });
