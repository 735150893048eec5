import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { closeDrawer, openDrawer, record, smallRun, waitForStatus } from "./recorder.ts";

const link = smallRun.replace("steps=24", "steps=3").replace("evaluateEvery=12", "evaluateEvery=3");

test("a run whose worker was stopped says so and offers nothing that would need it", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${link}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
  await openDrawer(page, "Details");
  const measures = page.getByRole("table", { name: "On the validation examples" });
  await expect(measures.getByRole("rowheader")).toContainText(["Pearson", "Spearman", "Validation loss"]);
  await expect(measures.getByRole("row", { name: /^Spearman/ })).toContainText(/\d\.\d{3}.*\d\.\d{3}/);
  await closeDrawer(page);
  const predictions = page.getByRole("region", { name: "Predictions as a table" });
  expect(
    await predictions.evaluate((region) => region.scrollHeight - region.clientHeight),
    "all of them are seen",
  ).toBeLessThanOrEqual(1);

  await page.getByRole("link", { name: "Gallery" }).click();
  await expect(page.getByText("There is a run in the lab, at step 3. Start takes its place")).toBeVisible();
  await page.getByRole("link", { name: "Lab", exact: true }).click();

  await page.getByRole("button", { name: "New seed" }).click();
  const run = page.getByRole("region", { name: "Run", exact: true });
  await expect(run).toContainText("this one, finished at step 3, stays in the charts");
  await run.getByRole("button", { name: "Back to its settings" }).click();
  await expect(run).not.toContainText("The settings are no longer those of this run");
  await page.getByRole("button", { name: "New seed" }).click();
  // A model that takes long to come, so that there is something to cancel.
  await page.route(/\/models\//, () => {});
  await page.getByRole("button", { name: "Train beside it" }).click();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await waitForStatus(page, "Stopped: what it showed is left, but not the run itself.");
  await expect(page.getByRole("button", { name: "Reset", exact: true })).toBeDisabled();
  await openDrawer(page, "Export");
  await expect(page.getByRole("button", { name: "Download Adapter" })).toBeDisabled();
  await expect(page.getByRole("button", { name: "Verify" })).toBeDisabled();
  await closeDrawer(page);
  await expect(page.locator(".layer-cell"), "its curves are still there").toHaveCount(24);
  expect(recording.complaints).toEqual([]);
});

test("a run that gets worse than before training says so, and offers a smaller learning rate", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${link.replace("learningRate=0.003", "learningRate=1").replace("steps=3", "steps=6")}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const said = page.locator(".headline");
  await expect(said).toContainText(/Worse than before training: Pearson fell from 0\.\d+ to -?0\.\d+/);
  await expect(page.locator("[aria-live]").filter({ hasText: "Worse than before training" })).toHaveCount(1);
  await said.getByRole("button", { name: "Again with 0.003" }).click();
  await expect(page.getByRole("textbox", { name: "Learning rate", exact: true })).toHaveValue("0.003");
  await expect(page.locator(".shelf li"), "the run that went wrong stays").toHaveCount(2);
  expect(recording.complaints).toEqual([]);
});

test("a damaged link tells of the run that goes on and leaves its Pause; leaving asks first", async ({ page }) => {
  await record(page);
  await page.goto(`/#/lab?${link.replace("steps=3", "steps=5000")}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Training");
  const run = page.getByRole("region", { name: "Run", exact: true });
  await page.getByRole("textbox", { name: "Steps" }).fill("4000");
  await expect(run).toContainText("The settings are no longer those of this run, and the link is to the settings.");
  await run.getByRole("button", { name: "Back to its settings" }).click();
  await expect(page.getByRole("textbox", { name: "Steps" })).toHaveValue("5000");
  await page.evaluate(() => {
    window.location.hash = "#/lab?v=1&rank=400";
  });
  const goesOn = page.getByRole("region", { name: "The run from before is still here" });
  await expect(goesOn).toContainText("It goes on training, step");
  await expect(page).toHaveTitle(/^Training \d+\/5000 · pd-bert · Deep LoRA, compressed – Rankscope$/);
  await goesOn.getByRole("button", { name: "Pause" }).click();
  await expect(goesOn).toContainText("It is paused");
  await expect(page).toHaveTitle(/^Paused \d+\/5000 · /);
  await goesOn.getByRole("button", { name: "Leave the link and go back to the run" }).click();
  await waitForStatus(page, "Paused");
  await expect(page.getByLabel("Rank r")).toHaveValue("8");
  await expect(page).toHaveURL(/steps=5000/);

  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await waitForStatus(page, "Paused");
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await waitForStatus(page, "Paused");
});
