import { expect, test } from "@playwright/test";
import { closeDrawer, openDrawer, record, smallRun, waitForStatus } from "./recorder.ts";

const run = smallRun.replace("steps=24", "steps=16");

test("an adapter that is exported and opened in another browser goes on to the bit", async ({ page, browser }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${run}`);
  const step = page.getByRole("button", { name: "Step", exact: true });
  await step.click();
  await expect(page.locator(".status .line")).toContainText("step 1 of 16", { timeout: 8 * 60_000 });
  for (let taken = 2; taken <= 8; taken++) {
    await step.click();
    await expect(page.locator(".status .line")).toContainText(`step ${taken} of 16`, { timeout: 60_000 });
  }
  await waitForStatus(page, "Paused");
  const downloading = page.waitForEvent("download");
  await openDrawer(page, "Export");
  await page.getByRole("button", { name: "Download Adapter" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("deep-lora-compressed_pd-bert_r8_s7_step8.zip");
  const zip = await download.path();
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("Base model: agrees").and(page.getByText("Merged: agrees"))).toBeVisible({
    timeout: 120_000,
  });
  await closeDrawer(page);
  await page.getByRole("button", { name: "Go on" }).click();
  await waitForStatus(page, "Finished");
  const own = (await recording.losses()).slice(8);
  expect(own.length).toBe(8);
  expect(recording.complaints).toEqual([]);

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  const second = await record(other);
  await other.goto("/#/lab");
  await other.getByLabel("Open an adapter").setInputFiles(zip);
  await openDrawer(other, "Export");
  await expect(other.getByText("Train goes on from step 8")).toBeVisible();
  await closeDrawer(other);
  await other.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(other, "Finished");
  expect(await second.losses()).toEqual(own);

  // The adapter of a run that is over: there is nothing to train before Steps is raised.
  await other.getByRole("textbox", { name: "Steps" }).fill("8");
  const transport = other.getByRole("region", { name: "Run", exact: true });
  await expect(transport).toContainText("there is nothing left to train. To train on, raise Steps above 8.");
  await transport.getByRole("button", { name: "Show it" }).click();
  await waitForStatus(other, "Finished");
  await expect(other.locator(".status .line")).toContainText("step 8 of 8");
  await elsewhere.close();
});
