import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { record } from "./recorder.ts";

const train = (page: Page) => page.getByRole("button", { name: "Train", exact: true });

/** Opens the lab with everything unfolded, and a recorded run in its charts. */
async function openLab(page: Page): Promise<void> {
  await page.goto("/#/lab");
  await expect(page.locator(".headline")).toContainText("recorded");
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    window.scrollTo(0, 0);
  });
}

/** What sticks out of the window, and what of a chart's scale lies over each other. */
const faults = (page: Page) =>
  page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    const found = wide > 0 ? [`the page is ${wide} px too wide`] : [];
    for (const chart of document.querySelectorAll(".plot")) {
      const ticks = [...chart.querySelectorAll("text.tick[text-anchor=end]")].map((each) =>
        each.getBoundingClientRect(),
      );
      // Letters fill two thirds of their boxes.
      const heights = ticks.map(({ top, height }) => [top + height / 6, top + (5 * height) / 6] as const);
      heights.sort(([a], [b]) => a - b);
      for (const [at, [top]] of heights.entries())
        if (at > 0 && top < heights[at - 1]![1]) found.push(`${chart.getAttribute("aria-label")}: its scale overlaps`);
    }
    for (const button of document.querySelectorAll<HTMLElement>(".transport button, .topbar button, .setup button"))
      if (button.checkVisibility() && button.scrollWidth > button.clientWidth + 1)
        found.push(`${button.textContent} sticks out of its button`);
    return found;
  });

test("at 320 px nothing sticks out, and Train is within reach", async ({ page }) => {
  const { complaints } = await record(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await openLab(page);
  expect(await faults(page)).toEqual([]);
  await expect(train(page)).toBeInViewport({ ratio: 1 });
  expect(complaints).toEqual([]);
});

for (const [width, height] of [
  [1280, 800],
  [390, 844],
] as const)
  test(`with letters twice as large nothing sticks out or overlaps at ${width} × ${height}`, async ({
    playwright,
    launchOptions,
    baseURL,
  }) => {
    // As the browser's own setting has them.
    const args = [...launchOptions.args!, "--blink-settings=defaultFontSize=32"];
    const browser = await playwright.chromium.launch({ ...launchOptions, args });
    const page = await browser.newPage({ baseURL: baseURL!, viewport: { width, height } });
    await openLab(page);
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe("32px");
    await expect.poll(() => faults(page)).toEqual([]);
    await expect(train(page)).toBeInViewport({ ratio: 1 });
    await browser.close();
  });

for (const colorScheme of ["light", "dark"] as const)
  test(`with forced colours charts have the system's, and what is chosen is seen, ${colorScheme}`, async ({
    browser,
  }) => {
    const context = await browser.newContext({ forcedColors: "active", colorScheme });
    const page = await context.newPage();
    await openLab(page);
    const style = (selector: string, name: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((at, name) => getComputedStyle(at).getPropertyValue(name), name);
    const ink = await style("body", "color");
    expect(await style(".hero-card .tick", "fill")).toBe(ink);
    // What is recorded is grey; a run of the visitor's has the colour of the text.
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--run-0"))).toBe(
      "CanvasText",
    );
    expect(await style(".hero-card .run-line", "stroke")).not.toBe(await style("body", "background-color"));
    const ground = ".segments button";
    expect(await style(`${ground}[aria-pressed=true]`, "background-color")).not.toBe(
      await style(`${ground}[aria-pressed=false]`, "background-color"),
    );
    expect(await style("button.primary", "background-color")).not.toBe(await style("button.primary", "color"));
    await page.getByRole("combobox", { name: "Method", exact: true }).click();
    expect(await style("[role=option][aria-selected=true]", "border-left-color")).not.toBe(
      await style("[role=option][aria-selected=false]", "border-left-color"),
    );
    await page.keyboard.press("Escape");
    const { violations } = await new AxeBuilder({ page }).disableRules("color-contrast").analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    await context.close();
  });
