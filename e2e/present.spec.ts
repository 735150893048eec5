import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { record, smallRun } from "./recorder.ts";

const slide = (page: Page) => page.locator(".present");
const place = (page: Page) => slide(page).locator(".turn span[aria-live]");

/** Texts that are seen and whose letters are smaller than 24 px. */
const smallTexts = (page: Page) =>
  page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement!;
      const text = walker.currentNode.textContent!.trim();
      if (text === "" || element.closest(".visually-hidden, script, style") || !element.checkVisibility()) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width * height < 4 || Number.parseFloat(getComputedStyle(element).fontSize) >= 24) continue;
      found.push(`${text} (${getComputedStyle(element).fontSize})`);
    }
    return found;
  });

for (const [width, height] of [
  [1280, 720],
  [1920, 1080],
] as const)
  test(`a slide of ${width} × ${height} has one sentence, one chart and one bar, in letters of 24 px`, async ({
    page,
  }) => {
    const { complaints } = await record(page);
    await page.setViewportSize({ width, height });
    await page.goto("/#/lab");
    await expect(page.locator(".headline")).toContainText("recorded");
    await page.getByRole("button", { name: "Projector view" }).click();
    await expect(slide(page)).toBeVisible();
    for (let chart = 1; chart <= 4; chart++) {
      await expect(place(page)).toHaveText(`${chart} / 4`);
      await expect(slide(page).locator(".stage .panel")).toHaveCount(1);
      await expect(page.locator(".setup, .transport, .topbar, .drawer, .shelf").filter({ visible: true })).toHaveCount(
        0,
      );
      await expect.poll(() => smallTexts(page)).toEqual([]);
      const overflow = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        const stage = document.querySelector(".stage")!;
        return [scrollWidth - innerWidth, scrollHeight - innerHeight, stage.scrollHeight - stage.clientHeight];
      });
      expect(Math.max(...overflow), `chart ${chart} is whole`).toBeLessThanOrEqual(0);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
      await page.keyboard.press("ArrowRight");
    }
    expect(complaints).toEqual([]);
  });

test("a slide is worked by keys: Space trains, arrows turn, brackets change the layer, F fills the screen, Escape leaves", async ({
  page,
}) => {
  await page.addInitScript(() => localStorage.setItem("rankscope.processor", "true"));
  const { complaints } = await record(page);
  await page.goto(
    `/#/lab?${smallRun.replace("steps=24", "steps=3000").replace("evaluateEvery=12", "evaluateEvery=3000")}`,
  );
  await page.getByText("Use your own data").click();
  await page.getByLabel("Or paste rows").fill("what was typed");
  await page.locator("#main").focus();
  await page.keyboard.press("f");
  await expect(slide(page)).toBeVisible();
  await page.keyboard.press("Space");
  const bar = page.getByRole("region", { name: "Run", exact: true });
  await expect(bar.getByRole("button", { name: "Pause" })).toBeVisible({ timeout: 60_000 });
  await expect(bar).toContainText(/step [1-9]\d* of 3000/, { timeout: 60_000 });
  await expect(slide(page).locator(".slide-sentence")).toHaveText(
    /^24 layers may use rank 8\.They use \d\.\d by effective rank, the median layer\.$/,
  );
  await page.keyboard.press("]");
  const layer = await bar.getByText(/^layer /).textContent();
  await page.keyboard.press("]");
  await expect(bar.getByText(/^layer /)).not.toHaveText(layer!);
  await page.keyboard.press("[");
  await expect(bar.getByText(/^layer /)).toHaveText(layer!);
  await page.keyboard.press("ArrowRight");
  await expect(slide(page).getByRole("heading", { name: "Loss" })).toBeVisible();
  const loss = slide(page).getByRole("slider", { name: "Loss: step" });
  await expect(loss, "the axis has the run's length from the first step on").toHaveAttribute("aria-valuemax", "3000");
  await expect(loss.getByText("3000", { exact: true })).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(slide(page).getByRole("heading", { name: "All 24 layers" })).toBeVisible();
  await page.keyboard.press("f");
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.tagName)).toBe("HTML");
  await page.keyboard.press("f");
  await expect.poll(() => page.evaluate(() => document.fullscreenElement)).toBe(null);
  await page.keyboard.press("Space");
  await expect(bar.getByRole("button", { name: "Go on" })).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press("Escape");
  await expect(slide(page)).toHaveCount(0);
  await expect(page.getByLabel("Or paste rows"), "what was open and typed is still there").toHaveValue(
    "what was typed",
  );
  await expect(page.locator(".status .line")).toContainText("Paused");
  expect(complaints).toEqual([]);
});
