import { existsSync } from "node:fs";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { drop } from "./drop.ts";
import { closeDrawer, openDrawer, record, waitForStatus } from "./recorder.ts";

const root = path.join(import.meta.dirname, "..");
/** A pretrained Llama where there is one, else a tiny one with random weights. */
const pretrained = path.join(root, "../shared/data/checkpoints/stories260K");
const llama = existsSync(pretrained) ? pretrained : path.join(root, "src/engine/model/fixtures/parity/llama");

const writing =
  "v=1&model=pd-gpt&task=kjv&method=deep-lora-narrow&rank=2&shots=16&maxTokens=8&batchSize=2&steps=8&evaluateEvery=8&validationRows=8&learningRate=0.003";
const story = Array.from(
  { length: 40 },
  (_, at) => `Once upon a time, in year ${at}, a small dog met a cat and they played until night ${at * at}.`,
).join("\n");

/** Drops the checkpoint's folder and pastes the text, as anybody would who starts or goes on. */
async function openBoth(page: Page) {
  await page.getByText("Open another model").click();
  await drop(page, page.locator(".open-model"), [llama]);
  await page.getByRole("button", { name: "Use this model" }).click({ timeout: 120_000 });
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue(/^file:/, { timeout: 120_000 });
  await page.getByText("Use your own data").click();
  const panel = page.locator(".own-data");
  await panel.getByLabel("Or paste rows").fill(story);
  await panel.getByRole("button", { name: "Look at these rows" }).click();
  await expect(panel.getByLabel("Format")).toHaveValue("lines", { timeout: 60_000 });
  await panel.getByRole("button", { name: "Use this data" }).click();
  await expect(panel.getByRole("button", { name: "In use" })).toBeVisible();
}

test("a folder is dropped, fine-tuned on pasted text, exported and resumed elsewhere: the loss goes on where it stopped", async ({
  page,
  browser,
}) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${writing}`);
  await openBoth(page);
  for (let taken = 1; taken <= 4; taken++) {
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await expect(page.locator(".status .line")).toContainText(`step ${taken} of 8`, { timeout: 5 * 60_000 });
    await waitForStatus(page, "Paused");
  }
  const downloading = page.waitForEvent("download");
  await openDrawer(page, "Export");
  await page.getByRole("button", { name: "Download Adapter" }).click();
  const zip = await (await downloading).path();
  await closeDrawer(page);
  await page.getByRole("button", { name: "Go on" }).click();
  await waitForStatus(page, "Finished");
  const own = (await recording.losses()).slice(4);
  expect(own.length).toBe(4);

  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  const second = await record(other);
  await other.goto("/#/lab?v=1&model=pd-gpt&task=kjv&shots=16");
  await openBoth(other);
  await other.getByLabel("Open an adapter").setInputFiles(zip);
  await openDrawer(other, "Export");
  await expect(other.getByText("Train goes on from step 4")).toBeVisible({ timeout: 60_000 });
  await closeDrawer(other);
  await expect(other).toHaveURL(/model=file:.*task=custom&data=pasted~/);
  await other.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(other, "Finished");
  expect(await second.losses()).toEqual(own);
  await elsewhere.close();
  expect([...recording.complaints, ...second.complaints]).toEqual([]);
});
