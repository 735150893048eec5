import { expect, type Page, type TestInfo, test } from "@playwright/test";
import { onGraphics, record, shelf, waitForStatus } from "./recorder.ts";

// What somebody does from beginning to end, with a picture of every step among the test's results.

const train = (page: Page) => page.getByRole("button", { name: "Train", exact: true });
const short = "v=6&maxTokens=16&batchSize=8&steps=30&validationRows=32&calibrationBatches=1&evaluateEvery=10&c=hand";

/** Takes pictures with a number and a name each, once the page stands still. */
function camera(page: Page, info: TestInfo) {
  let count = 0;
  return async (name: string): Promise<void> => {
    await page.waitForTimeout(700);
    const path = info.outputPath(`${String(++count).padStart(2, "0")}-${name}.png`);
    await page.screenshot({ path });
    await info.attach(name, { path, contentType: "image/png" });
  };
}

for (const device of ["the processor", "the software GPU"] as const) {
  test(`a student's first minute on ${device}`, async ({ page }, info) => {
    const recording = await record(page);
    if (device === "the software GPU") await onGraphics(page);
    const shoot = camera(page, info);
    await page.goto("/");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("See the rank of learning.");
    await shoot("gallery");
    await page.getByRole("button", { name: "Start", exact: true }).first().click();
    // Something moves long before the own run does: what was recorded of it.
    await expect(page.locator(".hero-card .run-line").first()).toBeVisible({ timeout: 15_000 });
    await shoot("the recorded run");
    const headline = page.locator(".headline .sentence");
    await expect(page.locator(".recorded-mark")).toHaveCount(0, { timeout: 240_000 });
    await waitForStatus(page, /step [1-9]/);
    await expect(headline).toHaveText("24 layers may use rank 8.");
    await shoot("its own run");
    if (device === "the software GPU") {
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      await waitForStatus(page, "Paused");
    } else {
      await waitForStatus(page, "Finished");
      await expect(headline).toHaveText(/^Pearson (rose|fell) from 0\.\d{3} to 0\.\d{3}, with updates of rank \d/);
      await expect(page.getByRole("button", { name: "Now train plain LoRA beside it" })).toBeVisible();
    }
    await shoot("where it stands");
    expect(recording.complaints).toEqual([]);
  });
}

test("a researcher's two runs beside each other, and their pictures", async ({ page }, info) => {
  const recording = await record(page);
  const shoot = camera(page, info);
  await page.goto(`/#/lab?${short}`);
  await shoot("the settings");
  await train(page).click();
  await waitForStatus(page, "Finished");
  await shoot("the first run");
  await page.getByRole("button", { name: "Now train plain LoRA beside it" }).click();
  await expect(shelf(page)).toHaveCount(2);
  await waitForStatus(page, "Finished");
  await expect(page.locator(".headline .numeral")).toHaveCount(2);
  await expect(page.locator(".headline .detail").first()).toContainText("One seed each");
  await shoot("both");
  for (const picture of ["PNG", "SVG", "CSV"]) {
    await page.getByRole("button", { name: "Singular values of the update: table, pictures, full screen" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: new RegExp(`Save as ${picture}`) }).click();
    expect((await download).suggestedFilename()).toMatch(new RegExp(`\\.${picture.toLowerCase()}$`));
  }
  await page.keyboard.press("h");
  await shoot("as heat maps");
  expect(recording.complaints).toEqual([]);
});

test("a bad run and its repair", async ({ page }, info) => {
  const recording = await record(page);
  const shoot = camera(page, info);
  await page.goto(`/#/lab?${short.replace("&c=hand", "&learningRate=1&c=hand")}`);
  await train(page).click();
  await waitForStatus(page, "Finished: worse than before training.");
  await shoot("it came apart");
  await page.getByRole("button", { name: "Again with 0.003" }).click();
  await expect(shelf(page)).toHaveCount(2);
  await waitForStatus(page, "Finished");
  await shoot("again beside it");
  await expect(shelf(page).last()).toContainText("worse than before training");
  expect(recording.complaints).toEqual([]);
});

const windows = [
  { name: "a frame in another page", viewport: { width: 720, height: 420 } },
  { name: "a phone", viewport: { width: 390, height: 844 } },
  { name: "a small laptop", viewport: { width: 1280, height: 720 } },
  { name: "a dark screen", viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
] as const;

for (const { name, ...look } of windows) {
  test.describe(name, () => {
    test.use(look);
    test("shows Train and a chart on its first screen, and a run to its end", async ({ page }, info) => {
      const recording = await record(page);
      const shoot = camera(page, info);
      await page.goto(`/#/lab?${short}`);
      await expect(train(page)).toBeInViewport({ ratio: 1 });
      await shoot("before");
      await page.keyboard.press("Space");
      await waitForStatus(page, "Finished");
      await expect(page.locator(".hero-card .run-line").first()).toBeInViewport();
      await shoot("the end");
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.viewport.width);
      expect(recording.complaints).toEqual([]);
    });
  });
}

test("a run on a projector", async ({ page }, info) => {
  const recording = await record(page);
  const shoot = camera(page, info);
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(`/#/lab?${short}`);
  await expect(train(page)).toBeVisible();
  await page.keyboard.press("f");
  await shoot("before");
  await page.keyboard.press("Space");
  await expect(page).toHaveTitle(/^Finished/, { timeout: 120_000 });
  await shoot("the end");
  await page.keyboard.press("ArrowRight");
  await shoot("the next chart");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("heading", { name: "Setup" })).toBeVisible();
  expect(recording.complaints).toEqual([]);
});
