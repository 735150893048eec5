import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { record, smallRun, waitForStatus } from "./recorder.ts";

const link = smallRun.replace("steps=24", "steps=5000").replace("evaluateEvery=12", "evaluateEvery=5000");

/** A run in the lab, on the processor, that goes on for long. */
async function training(page: Page) {
  const recording = await record(page);
  await page.addInitScript(() => localStorage.setItem("rankscope.processor", "true"));
  await page.goto(`/#/lab?${link}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, /Training/);
  return recording;
}

const stepOf = async (page: Page) => Number(/(\d+)\/5000/.exec(await page.title())?.[1] ?? Number.NaN);

test("Start in the gallery asks before it ends a run, by mouse and by keys", async ({ page }) => {
  const recording = await training(page);
  await page.getByRole("link", { name: "Gallery" }).click();
  const dialog = page.getByRole("dialog", { name: "A run is training" });
  const starts = page.getByRole("button", { name: /^Start/ });
  for (let at = 0; at < (await starts.count()); at++) {
    const start = starts.nth(at);
    await start.focus();
    await page.keyboard.press("Enter");
    await expect(dialog).toContainText(/Deep LoRA, compressed on pd-bert is at step \d+ of 5000/);
    await expect(dialog.getByRole("button", { name: "Keep training" })).toBeFocused();
    // No key of the lab, and no way out of the dialog by Tab.
    await page.keyboard.press("r");
    await page.keyboard.press("Tab");
    await expect(dialog.getByRole("button", { name: "End it and start the other" })).toBeFocused();
    if (at === 0) expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await expect(start).toBeFocused();
  }
  await expect(page).toHaveURL(/#\/$/);
  const before = await stepOf(page);
  await expect.poll(() => stepOf(page), "it went on all the while").toBeGreaterThan(before);

  await starts.first().click();
  await dialog.getByRole("button", { name: "Keep training" }).click();
  await starts.first().click();
  await dialog.getByRole("button", { name: "End it and start the other" }).click();
  await expect(page).toHaveURL(/#\/lab/);
  await expect(page).toHaveTitle(/^Preparing|\/100 /);
  await expect(page.getByRole("dialog")).toBeHidden();

  // The new one is being built: that is not nothing either.
  await page.getByRole("link", { name: "Gallery" }).click();
  await starts.nth(1).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  expect(recording.complaints).toEqual([]);
});

test("links, presets to look at and the browser's back leave a run as it is; Train for another asks", async ({
  page,
}) => {
  const recording = await training(page);
  await page.getByRole("link", { name: "Gallery" }).click();
  await page.getByRole("link", { name: "Open: The same with plain LoRA" }).click();
  await expect(page.getByLabel("Method", { exact: true })).toHaveValue("LoRA");
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveTitle(/^Training \d+\/5000/);
  const before = await stepOf(page);
  await expect.poll(() => stepOf(page)).toBeGreaterThan(before);

  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await waitForStatus(page, "Paused");
  await page.getByRole("button", { name: "New seed" }).click();
  const dialog = page.getByRole("dialog", { name: "A run is paused" });
  for (const act of [
    () => page.getByRole("button", { name: "Train beside it" }).click(),
    () => page.getByRole("button", { name: "Step", exact: true }).click(),
    () => page.locator("#main").press(" "),
    () => page.locator("#main").press("s"),
  ]) {
    await act();
    await dialog.getByRole("button", { name: "Keep this run" }).click();
    await waitForStatus(page, "Paused");
  }
  await page.getByRole("button", { name: "Back to its settings" }).click();
  await page.getByRole("button", { name: "Go on" }).click();
  await waitForStatus(page, "Training");
  expect(recording.complaints).toEqual([]);
});

test("a double click on Train, also after Reset, and on Pause does what one does", async ({ page }) => {
  const recording = await training(page);
  const pause = page.getByRole("button", { name: "Pause", exact: true });
  await pause.dblclick();
  await waitForStatus(page, "Paused");
  await page.getByRole("button", { name: "Reset", exact: true }).click();
  await expect(page.locator(".status .line")).toContainText("step 0 of 5000");
  await waitForStatus(page, "Paused");
  await page.getByRole("button", { name: "Train", exact: true }).dblclick();
  await expect.poll(() => stepOf(page), "it goes on").toBeGreaterThan(5);
  await expect(pause).toBeVisible();
  expect(recording.complaints).toEqual([]);
});
