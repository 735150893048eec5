import { expect, test } from "@playwright/test";
import { softwareGpuFlags } from "../tools/test/chromium.mjs";
import { chooseMethod, openDrawer, record, smallRun, unfold, waitForStatus } from "./recorder.ts";

// A browser that finds no graphics adapter.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const args = softwareGpuFlags.filter((flag) => !flag.includes("webgpu"));
    await use({ ...launchOptions, args: [...args, "--disable-gpu"] });
  },
});

test("DoRA is chosen, trained, measured, merged and exported; that it has no rank to trim is told by name", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${smallRun.replace("steps=24", "steps=8")}`);
  await chooseMethod(page, "DoRA");
  await expect(page.locator(".equation")).toContainText("W′ = diag(m / ‖V‖) V");
  await unfold(page, "Adapter");
  await expect(page.getByLabel("LoRA α")).toBeVisible();
  await expect(page.getByLabel("Depth L")).toHaveCount(0);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  expect(await recording.losses()).toHaveLength(8);
  const spectrum = await recording.spectrum();
  expect(Math.max(...spectrum)).toBeGreaterThan(0);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });

  const download = async (what: string) => {
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: `Download ${what}` }).click();
    return (await downloading).suggestedFilename();
  };
  await openDrawer(page, "Export");
  expect(await download("Adapter")).toBe("dora_pd-bert_r8_s7_step8.zip");
  await page.getByLabel("Trim every layer").check();
  await page.getByRole("button", { name: "Download Adapter" }).click();
  await expect(page.getByText("DoRA changes weights as no pair of matrices")).toBeVisible();
  expect(await download("Merged model")).toContain("merged");
  // What was downloaded is in the origin's storage, and in no memory.
  const staged = await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("exports");
    let files = 0;
    for await (const _ of folder.values()) files++;
    return files;
  });
  expect(staged).toBe(2);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("Merged: agrees")).toBeVisible({ timeout: 120_000 });
  expect(await download("Python program")).toBe("experiment.py");
  expect(recording.complaints.filter((complaint) => !complaint.includes("No available adapters"))).toEqual([]);
});

test("ReLoRA is refused beside methods that cannot start again, and with LoRA trains and is downloaded for PEFT", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${smallRun.replace("steps=24", "steps=8")}`);
  await unfold(page, "Adapter");
  await page.getByText("More adapter settings").click();
  await expect(page.getByLabel("Merge every")).toHaveCount(0);
  await page.getByLabel("Rank schedule").selectOption({ label: "ReLoRA (merge and restart)" });
  await expect(page.locator(".problems")).toContainText("choose LoRA or LoRA, the paper's baseline");
  await chooseMethod(page, "LoRA");
  await expect(page.locator(".equation")).toContainText("then A anew and B = 0");
  await page.getByLabel("Rank r").fill("2");
  await page.getByLabel("Merge every").fill("3");
  await expect(page.locator(".problems")).toContainText("choose fewer than 3 steps");
  await page.getByLabel("Re-warm-up").fill("1");
  await expect(page.locator(".problems")).toHaveCount(0);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  expect(await recording.losses()).toHaveLength(8);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });

  const downloading = page.waitForEvent("download");
  await openDrawer(page, "Export");
  await page.getByRole("button", { name: "Download Adapter" }).click();
  expect((await downloading).suggestedFilename()).toBe("lora_pd-bert_r2_s7_step8.zip");
  await expect(page.getByText("as no pair of matrices")).toHaveCount(0);
  await page.getByRole("button", { name: "Download Python program" }).click();
  await expect(page.getByText('does not know Rank schedule "relora"')).toBeVisible();
  expect(recording.complaints.filter((complaint) => !complaint.includes("No available adapters"))).toEqual([]);
});
